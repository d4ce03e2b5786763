import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readMetrics, runFiles, type RunFiles } from 'googlenet/training';
import type { Summary } from '../../lib/dist/commands/summary';

const COMMAND = path.resolve('lib', 'dist', 'commands', 'train.js');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command to its end, on the CPU: two processes have to come to the same numbers. */
function command(
  args: readonly string[],
  node: readonly string[] = [],
  env: NodeJS.ProcessEnv = { GOOGLENET_DEVICE: 'cpu' },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...node, COMMAND, ...args],
      { env: { ...process.env, ...env } },
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      },
    );
  });
}

/** Two steps an epoch, so that a signal after the first epoch comes before the last step. */
const tinyRun = (directory: string) => [
  ...['--dataset', 'generated', '--samples', '32', '--batch-size', '16', '--epochs', '2'],
  ...['--checkpoints', '0', '--lr', '0.001', '--directory', directory],
];

/** For node: the process gets the terminal's Ctrl-C as soon as it has printed the first epoch. */
const CTRL_C_AFTER_EPOCH_0 = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...rest) => {
      if (text.startsWith('epoch 0- ')) process.kill(process.pid, 'SIGINT');
      return write(text, ...rest);
    };`)}`,
];

const EPOCH_0 = /^epoch 0- loss: \d\.\d{4}, accuracy: [01]\.\d{4}$/m;
const EPOCH_1 = /^epoch 1- loss: \d\.\d{4}, accuracy: [01]\.\d{4}$/m;

describe('the train command', () => {
  let folder: string;
  let whole: RunFiles;
  let interrupted: RunFiles;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'train command '));
    whole = runFiles(path.join(folder, 'a whole run'), 'generated');
    interrupted = runFiles(path.join(folder, 'an interrupted run'), 'generated');
  });
  after(() => rm(folder, { recursive: true }));

  test('--help prints every option, and nothing is trained', async () => {
    const { code, stdout, stderr } = await command(['--help']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^usage: npm run train -- \[options\]$/m);
    for (const [option = ''] of tinyRun('')
      .join(' ')
      .matchAll(/--[a-z-]+/g)) {
      assert.match(stdout, new RegExp(`^ {2}${option} [A-Z]`, 'm'));
    }
    assert.match(stdout, /^ {2}--tensorboard {2}/m);
    assert.match(stdout, /^ {2}--json FILE /m);
    assert.doesNotMatch(stdout, /curr device/);
  });

  test('--device cpu keeps TensorFlow from a GPU, which it takes when it is loaded', async () => {
    const printAtExit = `process.on('exit', () => console.log(process.env.CUDA_VISIBLE_DEVICES));`;
    const { stdout } = await command(
      ['--help', '--device', 'cpu'],
      ['--import', `data:text/javascript,${encodeURIComponent(printAtExit)}`],
      { GOOGLENET_DEVICE: undefined, CUDA_VISIBLE_DEVICES: '0' },
    );
    assert.match(stdout, /\n-1\n$/);
  });

  test('what an option cannot be is refused by name, in a sentence, before anything is written', async () => {
    const directory = path.join(folder, 'refused');
    const refusals = [
      [['--dataset', 'cifar100'], /^--dataset is "cifar100"; it must be cifar10 or generated$/m],
      [['--device', 'gpu'], /^the device is "gpu"; it must be one of cpu, cuda, webgpu$/m],
      [['--epochs', '0'], /^epochs is 0; it must be a whole number of at least 1$/m],
      [['--epochs', 'many'], /^--epochs is "many"; it must be a number$/m],
      [['--checkpoints', '0,'], /^--checkpoints is ""; it must be a number$/m],
      [['--schedule', 'linear'], /^schedule is linear; it must be constant or cosine$/m],
      [['--initialization', 'zeros'], /^initialization is zeros; it must be pytorch or he$/m],
      [['--stem', 'coarse'], /^stem is coarse; it must be lecture or fine$/m],
      [['--cut-mix', '2'], /^cutMix is 2; it must be a number from 0 to 1$/m],
      [['--dropout', 'half'], /^--dropout is "half"; it must be a number$/m],
      [['--clip-norm', '0'], /^clipNorm is 0; it must be a number greater than 0$/m],
      [['--validation', '32'], /^validation is 32; of 32 images that leaves none to train on$/m],
      [['--patience', '3'], /^patience needs images for validation: set validation$/m],
      [['--json', folder], /^.* could not be written: it is a folder/m],
      [['--json', ''], / could not be written: it is a folder/m],
      [['--epoch', '2'], /'--epoch'[^]*^npm run train -- --help lists the options$/m],
    ] as const;
    await Promise.all(
      refusals.map(async ([args, message]) => {
        // The last of an option given twice counts.
        const { code, stdout, stderr } = await command([...tinyRun(directory), ...args]);
        assert.equal(code, 1, args.join(' '));
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /^ +at /m);
        assert.equal(stdout, '');
      }),
    );
    assert.equal(existsSync(directory), false);
  });

  test("trains, prints the lecture's lines and writes model, metrics, picture and checkpoint", async () => {
    const { code, stdout, stderr } = await command(tinyRun(whole.directory));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Generated shapes .*: 32 training images; files in .*a whole run$/m);
    assert.match(stdout, EPOCH_0);
    assert.match(stdout, EPOCH_1);
    assertEvaluated(stdout, whole);
    // A bar is for a terminal.
    assert.doesNotMatch(stdout + stderr, /images\/s/);

    assert.deepEqual(
      (await readMetrics(whole.metrics)).map(({ epoch }) => epoch),
      [0, 1],
    );
    assert.equal(
      (await readFile(whole.picture)).subarray(0, 8).toString('latin1'),
      '\x89PNG\r\n\x1a\n',
    );
    assert.deepEqual(
      (await readdir(whole.directory)).sort(),
      [
        ...[whole.model, whole.checkpoint(0), whole.metrics, whole.state, whole.picture],
        ...[whole.log, whole.config],
      ]
        .map((file) => path.basename(file))
        .sort(),
    );
    assert.deepEqual(await readdir(folder), [path.basename(whole.directory)]);
  });

  test('--json - has standard output to itself, and tells what was printed', async () => {
    const args = [...tinyRun(whole.directory), '--json', '-', '--tensorboard', '--views'];
    const { code, stdout, stderr } = await command(args);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^curr device = cpu$/m);
    assertEvaluated(stderr, whole);
    const { models, best, ...summary } = JSON.parse(stdout) as Summary;
    assert.deepEqual(
      models.map(({ epoch, file }) => [epoch, file]),
      [
        [0, whole.checkpoint(0)],
        [1, whole.model],
      ],
    );
    for (const { epoch, testLoss, testAccuracy } of models) {
      const printed = `epoch ${epoch}: test loss ${testLoss?.toFixed(4)}, test accuracy ${testAccuracy?.toFixed(4)}`;
      assert.ok(stderr.split('\n').includes(printed), printed);
    }
    assert.ok(stderr.includes(`best on the test set: epoch ${best?.epoch}, ${best?.file}`));
    assert.deepEqual(
      models.find(({ epoch }) => epoch === best?.epoch),
      best,
    );
    assert.match(stderr, /^each test image is judged by the mean of 18 views$/m);
    assert.equal(summary.views, 18);
    assert.equal(summary.finished, true);
    assert.equal(summary.epochs, 2);
    assert.equal(summary.constants.lr, 0.001);
    assert.equal(summary.dataset.id, 'generated');
    assert.equal(summary.dataset.images, 32);
    assert.ok(summary.seconds > 0 && Number(summary.trainingSeconds) > 0);
    assert.deepEqual(
      summary.files,
      Object.fromEntries(
        Object.entries(whole).filter(([what]) => !['checkpoint', 'best'].includes(what)),
      ),
    );
  });

  test('stopped by Ctrl-C, it ends with exit code 130 and says to give the command again', async () => {
    const json = path.join(folder, 'stopped.json');
    const args = [...tinyRun(interrupted.directory), '--json', json];
    const { code, stdout, stderr } = await command(args, CTRL_C_AFTER_EPOCH_0);
    assert.equal(code, 130, stderr);
    assert.match(
      stdout,
      /^stopped in epoch 1; finished epochs saved: 1\..*\ngive the same command again to go on\n$/m,
    );
    assert.equal(existsSync(interrupted.model), false);

    const { finished, epochs, models, best, files } = JSON.parse(
      await readFile(json, 'utf8'),
    ) as Summary;
    assert.deepEqual([finished, epochs, best], [false, 1, null]);
    assert.deepEqual(models, [
      { epoch: 0, file: interrupted.checkpoint(0), testLoss: null, testAccuracy: null },
    ]);
    assert.equal(files.metrics, interrupted.metrics);
    assert.equal(files.model, undefined);
  });
});

/** Both kept models have a line, and the best is one that no other surpasses in what is printed. */
function assertEvaluated(stdout: string, files: RunFiles): void {
  const line = /^epoch (\d+): test loss (\d\.\d{4}), test accuracy ([01]\.\d{4})$/gm;
  const kept = [...stdout.matchAll(line)].map(([, epoch, loss, accuracy]) => ({
    epoch: Number(epoch),
    loss: Number(loss),
    accuracy: Number(accuracy),
  }));
  assert.deepEqual(
    kept.map(({ epoch }) => epoch),
    [0, 1],
    stdout,
  );
  const [, epoch, file] = /^best on the test set: epoch (\d+), (.+)$/m.exec(stdout) ?? [];
  const best = kept.find((row) => row.epoch === Number(epoch));
  assert.ok(best, stdout);
  assert.equal(file, best.epoch === 0 ? files.checkpoint(0) : files.model);
  for (const { loss, accuracy } of kept) {
    assert.ok(
      accuracy < best.accuracy || (accuracy === best.accuracy && loss >= best.loss),
      stdout,
    );
  }
}
