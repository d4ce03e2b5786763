import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Papa from 'papaparse';
import { resultsTable, type FinishedRun } from '../../lib/dist/commands/sweepResults';
import { readRows } from '../../lib/dist/commands/sweepTable';

const COMMAND = path.resolve('lib', 'dist', 'commands', 'sweep.js');

function sweep(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, GOOGLENET_DEVICE: 'cpu' };
    const child = execFile(process.execPath, [COMMAND, ...args], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr });
    });
  });
}

describe('a sweep', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sweep 훑기 '));
  });
  after(() => rm(folder, { recursive: true }));

  async function fileWith(name: string, text: string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  }

  test('is the same from CSV and from JSON; an empty cell leaves the option out', async () => {
    const csv = await fileWith('a.csv', 'lr,seed,augmentation\n0.001,1,\n 0.01 ,2,true\n');
    const json = await fileWith(
      'a.json',
      '[{ "lr": 0.001, "seed": 1, "augmentation": null }, { "lr": "0.01", "seed": 2, "augmentation": true }]',
    );
    const expected = [
      { lr: '0.001', seed: '1' },
      { lr: '0.01', seed: '2', augmentation: 'true' },
    ];
    assert.deepEqual(await readRows(csv), expected);
    assert.deepEqual(await readRows(json), expected);
  });

  test("the recorded experiments' runs can be made again, each with three seeds", async () => {
    for (const [name, variants] of [
      ['middle', 4],
      ['remedies', 10],
      ['recipe', 1],
    ] as const) {
      const rows = await readRows(path.join('data', 'experiments', 'runs', `${name}.csv`));
      const withoutSeed = new Set(rows.map((row) => JSON.stringify({ ...row, seed: '' })));
      assert.deepEqual([rows.length, withoutSeed.size], [3 * variants, variants]);
    }
  });

  const REFUSED: Readonly<Record<string, readonly [name: string, text: string, message: RegExp]>> =
    {
      'a column that is no option': [
        'b.csv',
        'lr,sede\n1,2\n',
        /a column sede; it may have .*seed/,
      ],
      'a value that cannot be': ['c.csv', 'lr,seed\n0.1,1\n-1,2\n', /run 1: .*lr/],
      'an option of the sweep itself': ['d.csv', 'directory\nhere\n', /a column directory/],
      'a switch with another value': ['e.csv', 'augmentation\nyes\n', /must be true or false/],
      'no runs': ['f.csv', 'lr\n', /has no runs/],
      'a damaged file': ['g.json', '[{ "lr": 1', /is no JSON/],
      'a row with too many cells': ['h.csv', 'lr,seed\n1,2,3\n', /run 0/],
      'a run twice': ['i.csv', 'lr,seed\n1,1\n1,2\n1,1\n', /run 2 is run 0 once more/],
    };
  for (const [what, [name, text, message]] of Object.entries(REFUSED)) {
    test(`is refused before anything runs: ${what}`, async () => {
      await assert.rejects(readRows(await fileWith(name, text)), message);
    });
  }

  test('a run that diverges is named at the end, after the others are trained', async () => {
    const file = await fileWith(
      'diverging.csv',
      'dataset,samples,batch-size,epochs,checkpoints,lr\n' +
        'generated,16,8,3,0,1e12\ngenerated,16,8,1,0,0.001\n',
    );
    const output = path.join(folder, 'diverging');
    const { code, output: said } = await sweep(file, '--output', output);
    assert.equal(code, 1, said);
    assert.match(said, /training has diverged/);
    assert.match(said, /^failed: run 0$/m);
    assert.match(await readFile(path.join(output, 'results.csv'), 'utf8'), /0\.001/);
  });

  test('trains what is not trained yet, a member of a job array its run alone', async () => {
    const file = await fileWith(
      'runs.csv',
      'dataset,samples,batch-size,epochs,checkpoints,seed\n' +
        'generated,16,8,1,0,1\ngenerated,16,8,1,0,2\n',
    );
    const output = path.join(folder, 'kept');

    const member = await sweep(file, '--index', '1', '--output', output);
    assert.equal(member.code, 0, member.output);
    assert.match(member.output, /^run 1 of 2: .*--seed=2$/m);
    assert.doesNotMatch(member.output, /^run 0/m);
    const folders = await readdir(output);

    const rest = await sweep(file, '--output', output);
    assert.equal(rest.code, 0, rest.output);
    assert.match(rest.output, /^run 0 of 2: .*--seed=1$/m);
    assert.doesNotMatch(rest.output, /^run 1/m);
    assert.ok((await readdir(output)).length > folders.length);

    const again = await sweep(file, '--output', output);
    assert.equal(again.code, 0, again.output);
    assert.doesNotMatch(again.output, /^run /m);
    // Whether there was a run to train or none, the table is told once.
    for (const { output } of [rest, again])
      assert.equal(output.match(/results\.csv$/gm)?.length, 1);
    const table = await readFile(path.join(output, 'results.csv'), 'utf8');
    const { data } = Papa.parse<Record<string, string>>(table, {
      header: true,
      skipEmptyLines: true,
    });
    assert.equal(data.length, 1);
    assert.equal(data[0]?.Runs, '2');

    const beyond = await sweep(file, '--index', '2', '--output', output);
    assert.equal(beyond.code, 1);
    assert.match(beyond.output, /--index is 2; .* has the runs 0 to 1/);
  });
});

test('the table of a sweep has mean and standard deviation over seeds, a line for each setting', () => {
  const run = (lr: string, seed: string, testAccuracy: number) =>
    ({
      row: { lr, seed },
      summary: { models: [{ testAccuracy: 0 }, { testAccuracy }], trainingSeconds: 2 },
    }) as unknown as FinishedRun;
  const runs = [run('1', '1', 0.5), run('2', '1', 0.25), run('1', '2', 0.75), run('1', '3', 1)];
  const { data } = Papa.parse<Record<string, string>>(resultsTable(runs), {
    header: true,
    skipEmptyLines: true,
  });
  assert.deepEqual(
    data.map(({ lr, Runs, TestAccuracy, TestAccuracyDeviation, TrainingSecondsDeviation }) => [
      ...[lr, Runs, TestAccuracy, TestAccuracyDeviation, TrainingSecondsDeviation],
    ]),
    [
      // √((0.25² + 0 + 0.25²) / 2) = 0.25
      ['1', '3', '0.75', '0.25', '0'],
      ['2', '1', '0.25', '', ''],
    ],
  );
});
