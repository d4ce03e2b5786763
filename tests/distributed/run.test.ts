import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { emulatesBfloat16 } from 'googlenet/runtime';
import { readMetrics, runFiles } from 'googlenet/training';
import type { Summary } from '../../lib/dist/commands/summary';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';
import { noBfloat16 } from '../bounds/noBfloat16';
import { freePorts } from './servers';

const commandFile = (name: string) => path.resolve('lib', 'dist', 'commands', `${name}.js`);

/** A command in a process of its own, and what it has printed. */
class Command {
  output = '';
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [commandFile(name), ...args], {
      env: { ...process.env, GOOGLENET_DEVICE: 'cpu', TF_CONFIG: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exit = once(this.child, 'exit').then(([code]) => code as number | null);
  }

  /** Resolves when it has printed it; fails where it ends before. */
  async says(text: string | RegExp): Promise<void> {
    const ended = this.exit.then(() => true);
    while (!new RegExp(text).test(this.output)) {
      if (await Promise.race([ended, delay(50, false)])) {
        assert.match(this.output, new RegExp(text));
      }
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }

  /** As a terminal does it: the command and all that it started are told. */
  pressCtrlC(): void {
    process.kill(-Number(this.child.pid), 'SIGINT');
  }
}

/** Two steps an epoch, the second of half the images. */
const constants = [
  ...['--dataset', 'generated', '--samples', '48', '--batch-size', '32', '--lr', '0.001'],
  ...['--augmentation', '--cut-mix', '0.5', '--dropout', '0.2', '--label-smoothing', '0.1'],
  ...['--validation', '8', '--epochs'],
];

describe('a whole run on workers', () => {
  let folder: string;
  let ports: number[];
  const started: Command[] = [];
  const addresses = () => ports.map((port) => `localhost:${port}`);
  const start = (...command: ConstructorParameters<typeof Command>) => {
    const running = new Command(...command);
    started.push(running);
    return running;
  };
  const startWorker = async (port: number, env: NodeJS.ProcessEnv = {}) => {
    const own = env['TF_CONFIG'] === undefined ? ['--port', String(port)] : [];
    const worker = start('worker', ['--threads', '1', ...own], env);
    await worker.says(`worker localhost:${port} is ready`);
    return worker;
  };
  const directory = (name: string) => path.join(folder, name);
  const losses = async (name: string) => {
    const metrics = await readMetrics(runFiles(directory(name), 'generated').metrics);
    return metrics.map(({ loss }) => loss);
  };
  const assertSame = async (name: string, reference: string, bound = 1e-5) => {
    const difference = largestRelativeDifference(await losses(name), await losses(reference));
    assertWithin(difference, bound, `the losses of a run, ${name}`);
  };
  const train = (name: string, epochs: number, args: readonly string[], env?: NodeJS.ProcessEnv) =>
    start('train', [...constants, String(epochs), '--directory', directory(name), ...args], env);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'workers 작업자 '));
    ports = await freePorts(2);
    const alone = train('alone', 4, []);
    assert.equal(await alone.exit, 0, alone.output);
  });
  after(async () => {
    await Promise.all(started.map((command) => command.kill()));
    await rm(folder, { recursive: true });
  });

  test('takes both sides from TF_CONFIG, and has the losses of one process', async () => {
    const config = (type: string, index: number) => ({
      TF_CONFIG: JSON.stringify({ cluster: { worker: addresses() }, task: { type, index } }),
    });
    const workers = await Promise.all(
      ports.map((port, index) => startWorker(port, config('worker', index))),
    );
    const refused = train('refused', 4, [], config('worker', 1));
    assert.equal(await refused.exit, 1);
    assert.match(
      refused.output,
      /^TF_CONFIG makes this process worker 1: give npm run worker here/,
    );
    const run = train('TF_CONFIG', 4, [], config('chief', 0));
    assert.equal(await run.exit, 0, run.output);
    await assertSame('TF_CONFIG', 'alone');
    await Promise.all(workers.map((worker) => worker.kill()));
  });

  test('--wait waits for workers, at the beginning and when one is lost', async () => {
    const [first = NaN, second = NaN] = ports;
    const run = train('waiting', 4, ['--wait', '--workers', addresses().join()]);
    await run.says(
      `waiting: no worker listens on localhost:${first}[^]*listens on localhost:${second}`,
    );
    const workers = [await startWorker(first), await startWorker(second)];
    await run.says('epoch 0- ');
    await workers[1]?.kill();
    await run.says(
      `localhost:${second} is lost.*\nwaiting: no worker listens on localhost:${second}`,
    );
    workers[1] = await startWorker(second);
    assert.equal(await run.exit, 0, run.output);
    assert.match(run.output, new RegExp(`going on .* with localhost:${first} and localhost`));
    await assertSame('waiting', 'alone');
    await Promise.all(workers.map((worker) => worker.kill()));
  });

  // Emulated, bfloat16 takes minutes.
  const precision = noBfloat16 !== false || emulatesBfloat16() ? 'float32' : 'bfloat16';
  test(`goes on without a worker that is lost, in ${precision}`, async () => {
    const [first = NaN, second = NaN] = ports;
    const workers = [await startWorker(first), await startWorker(second)];
    const inPrecision = ['--precision', precision];
    const run = train('lost', 4, [...inPrecision, '--workers', addresses().join()]);
    await run.says('epoch 0- ');
    await workers[0]?.kill();
    assert.equal(await run.exit, 0, run.output);
    assert.match(run.output, new RegExp(`going on .* with localhost:${second}\n`));
    const alone = train('lost alone', 4, inPrecision);
    assert.equal(await alone.exit, 0, alone.output);
    await assertSame('lost', 'lost alone', precision === 'float32' ? 1e-5 : 1e-3);
    await Promise.all(workers.map((worker) => worker.kill()));
  });

  test('shares the workers with another run that begins on them', async () => {
    const workers = await Promise.all(ports.map((port) => startWorker(port)));
    const args = ['--workers', addresses().join()];
    const first = train('first', 1000, args);
    await first.says(/epoch 2-/);
    const second = train('second', 1000, args);
    await first.says(/another run has begun on these workers; both share them now/);
    const { length } = await losses('first');
    await first.says(new RegExp(`epoch ${length + 2}-`));
    assert.doesNotMatch(second.output, /the run failed/);
    second.pressCtrlC();
    assert.equal(await second.exit, 130, second.output);
    first.pressCtrlC();
    assert.equal(await first.exit, 130, first.output);
    await Promise.all(workers.map((worker) => worker.kill()));
  });

  test('Ctrl-C ends it after the step under way', async () => {
    const file = path.join(folder, 'summary.json');
    // Which is not for workers that the command starts itself.
    const config = { cluster: { worker: ['127.0.0.2:1'] }, task: { type: 'worker', index: 0 } };
    const run = train('stopped', 500, ['--local-workers', '2', '--json', file], {
      TF_CONFIG: JSON.stringify(config),
    });
    await run.says('epoch 0- ');
    run.pressCtrlC();
    assert.equal(await run.exit, 130, run.output);
    assert.match(run.output, /\nstopped in epoch \d.*\ngive the same command again to go on\n$/);
    const { finished, epochs } = JSON.parse(await readFile(file, 'utf8')) as Summary;
    assert.ok(!finished && epochs > 0);
  });

  test('goes on after all of its processes were killed', async () => {
    const args = ['--local-workers', '2'];
    const killed = train('killed', 4, args);
    await killed.says('epoch 0- ');
    await killed.kill();
    const again = train('killed', 4, args);
    assert.equal(await again.exit, 0, again.output);
    await assertSame('killed', 'alone');
  });
});
