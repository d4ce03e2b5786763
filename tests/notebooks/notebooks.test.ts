import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROJECT_DIRECTORY } from 'googlenet/data';

interface Output {
  text?: string | string[];
  data?: Record<string, unknown>;
}
interface Notebook {
  cells: { cell_type: string; source: string | string[]; outputs?: Output[] }[];
}

const EXPECTED = JSON.parse(readFileSync(path.join(__dirname, 'expected.json'), 'utf8')) as Record<
  string,
  { texts: string[] }
>;

/** Notebooks 4 and 5 with a run of seconds: a run of its own, whatever was trained before. */
const RUN = { dataset: 'generated', samples: 320, epochs: 2, checkpointEpochs: [0] };
const PARAMETERS: Record<string, Record<string, unknown>> = {
  '04-cifar10-training': { ...RUN, restart: true },
  '05-cifar10-evaluation': { ...RUN, testSamples: 100 },
};

const NOTEBOOKS = path.join(PROJECT_DIRECTORY, 'notebooks');
const python = path.join(PROJECT_DIRECTORY, '.venv', 'bin', 'python');
const runner = path.join(PROJECT_DIRECTORY, 'lib', 'setup', 'run_notebooks.py');

/** Executes one notebook as `npm start` does, with other parameters. */
function execute(name: string, output: string, parameters = PARAMETERS[name] ?? {}) {
  const args = [
    '--output',
    output,
    '--logs',
    output,
    '--parameters',
    JSON.stringify({ [name]: parameters }),
  ];
  return spawnSync(python, [runner, ...args, path.join(NOTEBOOKS, `${name}.ipynb`)], {
    encoding: 'utf8',
  });
}

function read(file: string): Notebook {
  return JSON.parse(readFileSync(file, 'utf8')) as Notebook;
}

function textOf({ cells }: Notebook): string {
  const join = (text: unknown) =>
    Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
  return cells
    .flatMap(({ outputs = [] }) => outputs)
    .map(({ text, data }) => join(text) + join(data?.['text/plain']))
    .join('\n');
}

describe('the notebooks', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'executed notebooks '));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [name, { texts }] of Object.entries(EXPECTED)) {
    test(`${name} runs from top to bottom, and its numbers are right`, () => {
      const { status, stdout, stderr } = execute(name, folder);
      assert.equal(status, 0, `${stdout}\n${stderr}`);
      const output = textOf(read(path.join(folder, `${name}.ipynb`)));
      for (const text of texts)
        assert.ok(output.includes(text), `"${text}" is not among the outputs:\n${output}`);
    });

    test(`${name} is committed with its outputs, pictures among them`, () => {
      const notebook = read(path.join(NOTEBOOKS, `${name}.ipynb`));
      const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
      const figures = outputs.filter(
        ({ data }) => data && 'application/vnd.plotly.v1+json' in data,
      );
      assert.ok(figures.length > 0);
      assert.ok(
        figures.every(({ data }) => typeof data?.['image/png'] === 'string'),
        'a figure has no picture',
      );
    });
  }

  test('a cell that fails makes the run fail, and names notebook, cell and error', () => {
    const name = '05-cifar10-evaluation';
    const { status, stdout } = execute(name, folder, { ...PARAMETERS[name], seed: 123456 });
    assert.equal(status, 1);
    assert.match(
      stdout,
      /05-cifar10-evaluation +\d+ +\d+ +cell 3 failed: .*holds no weights of a run/,
    );
  });
});
