import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { startServer } from 'googlenet/graph';
import { checkWorkers, probe, supervise } from '../../lib/dist/distributed';
import { freePorts } from './servers';

const CLI = path.resolve('lib', 'setup', 'cli.mjs');
const WORKER = path.resolve('lib', 'dist', 'commands', 'worker.js');

/** A worker in a process of its own, which ends with this one. */
async function startWorker(port: number, ...args: string[]): Promise<ChildProcess> {
  const child = fork(WORKER, ['--port', String(port), '--threads', '1', ...args], {
    silent: true,
    execArgv: [],
    env: { ...process.env, TF_CONFIG: undefined },
  });
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** How the worker command ends that cannot begin. */
async function refusedWorker(...args: string[]): Promise<{ code: unknown; stderr: string }> {
  const child = fork(WORKER, args, { silent: true, execArgv: [] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, stderr };
}

describe('a worker', () => {
  let port: number;
  let worker: ChildProcess;
  before(async () => {
    [port = NaN] = await freePorts(1);
    worker = await startWorker(port);
  });
  after(() => end(worker));

  test('says which TensorFlow it runs', async () => {
    const { job } = await probe(`localhost:${port}`, 5000);
    assert.match(job, /^googlenet_tensorflow_\d+_\d+_\d+$/);
    const [checked] = await checkWorkers([`localhost:${port}`], 5000);
    assert.ok(checked && 'state' in checked);
  });

  test('is not reached at the addresses of the machine unless one is given', async (t) => {
    const address = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (address === undefined || process.platform !== 'linux') {
      t.skip('no network, or not Linux');
      return;
    }
    await assert.rejects(probe(`${address}:${port}`, 500), { reason: 'silent' });
    const [open = NaN] = await freePorts(1);
    const other = await startWorker(open, '--host', address);
    try {
      for (const host of [address, '127.0.0.1']) {
        assert.match((await probe(`${host}:${open}`, 5000)).job, /^googlenet/);
      }
    } finally {
      await end(other);
    }
  });

  test('answers after bytes that are no requests', async () => {
    for (const bytes of [
      Buffer.alloc(10_000, 0xff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.alloc(9000, 0x7f)]),
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      await new Promise((resolve) => socket.write(bytes, resolve));
      socket.destroy();
    }
    assert.match((await probe(`localhost:${port}`, 5000)).job, /^googlenet/);
  });

  test('ends with the command that started it, however that ends', async () => {
    const [own = NaN] = await freePorts(1);
    const command = spawn(process.execPath, [CLI, 'worker', '--port', String(own)], {
      env: { ...process.env, TF_CONFIG: undefined },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    command.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    while (!output.includes('is ready; Ctrl-C')) await once(command.stdout, 'data');
    await end(command);
    await assert.rejects(
      async () => {
        for (;;) await probe(`localhost:${own}`, 5000).then(() => delay(100));
      },
      { reason: 'refused' },
    );
  });

  test('refuses what it cannot be, and says what to do', async () => {
    for (const [args, message] of [
      [['--port', String(port)], `port ${port} is in use: choose another with --port`],
      [['--port', 'x'], '--port has the port "x"; it must be a whole number of 1 to 65535'],
      [['--threads', '0'], '--threads is 0; it must be a whole number of at least 1'],
      [['--host', '192.0.2.255'], '192.0.2.255 is no address of this machine; it has '],
    ] as const) {
      const { code, stderr } = await refusedWorker(...args);
      assert.equal(code, 1);
      assert.ok(stderr.startsWith(message), stderr);
    }
  });
});

describe('the check before a session', () => {
  const problemOf = async (address: string): Promise<string> => {
    const [checked] = await checkWorkers([address], 500);
    return checked && 'problem' in checked ? checked.problem : '';
  };

  test('says of each address what is wrong and what to do', async () => {
    const [closed = NaN, other = NaN, older = NaN] = await freePorts(3);
    startServer({ port: other, job: 'test', threads: 1 });
    startServer({ port: older, job: 'googlenet_tensorflow_2_9_0', threads: 1 });
    assert.equal(
      await problemOf(`localhost:${closed}`),
      `no worker listens on localhost:${closed}: on localhost give npm run worker -- --port ${closed}`,
    );
    assert.match(
      await problemOf(`127.0.0.1:${closed}`),
      new RegExp(`on 127.0.0.1 give npm run worker -- --host 127.0.0.1 --port ${closed}$`),
    );
    // Without a network no name can be looked up.
    assert.match(
      await problemOf('nowhere.invalid:7000'),
      /(knows none of|cannot look up) the name nowhere.invalid/,
    );
    assert.match(await problemOf(`localhost:${other}`), /is a TensorFlow server, but no worker/);
    assert.match(
      await problemOf(`localhost:${older}`),
      /runs TensorFlow 2\.9\.0, and this machine \d+\.\d+\.\d+: bring the project to the same state on both/,
    );
  });

  test('tells a server that hangs, and one that speaks something else', async () => {
    const silent = createServer().listen(0);
    const greeting = createServer((socket) => socket.end('220 mail.example\r\n')).listen(0);
    const portOf = (server: typeof silent) => (server.address() as AddressInfo).port;
    assert.match(await problemOf(`localhost:${portOf(silent)}`), /does not answer/);
    assert.match(await problemOf(`localhost:${portOf(greeting)}`), /is no worker/);
    silent.close();
    greeting.close();
  });
});

/** What a run tells of its failure where another has ended its session: before a step, or in one. */
const DISPLACED = [
  'Session 1de1df80b5f00ba0 is not found.',
  'Session is closed.',
  'Step was cancelled by an explicit call to `Session::Close()`.',
];
/** The code of a run that has all its epochs and goes on, without workers, until it is told to end. */
const TRAINED = -5;

/** The codes of runs that fail so. */
const FAILING = [-2, -3, -4];

/**
 * A run that goes on until it is ended, ends at once with a code, is {@link TRAINED}, or is one of
 * {@link FAILING}.
 */
const RUN = `
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => process.exit(130));
const code = Number(process.argv[1]);
if (code >= 0) process.exit(code);
if (code === ${TRAINED}) {
  process.send({ trained: true });
  process.on('SIGUSR2', () => process.exit(0));
} else if (code < -1) {
  process.send({ failure: ${JSON.stringify(DISPLACED)}[-2 - code] });
  process.disconnect();
  process.exit(1);
}
process.send({ saved: true });
setInterval(() => undefined, 1000);`;

describe('a run on workers', () => {
  let ports: number[];
  let workers: ChildProcess[];
  const addresses = () => ports.map((port) => `localhost:${port}`);
  before(async () => {
    ports = await freePorts(2);
    workers = await Promise.all(ports.map((port) => startWorker(port)));
  });
  after(() => Promise.all(workers.map(end)));

  /** Supervises {@link RUN}; its nth process gets the nth code, or goes on until something ends it. */
  function supervised(
    codes: readonly number[],
    onSaid: (message: string) => void = () => undefined,
    options: { workers?: readonly string[]; wait?: boolean } = {},
  ) {
    const attempts: (readonly string[])[] = [];
    const said: string[] = [];
    const stop = new AbortController();
    const children: ChildProcess[] = [];
    const result = supervise({
      workers: addresses(),
      wait: false,
      ...options,
      signal: stop.signal,
      say(message) {
        said.push(message);
        onSaid(message);
      },
      start(usable) {
        const code = String(codes[attempts.length] ?? -1);
        attempts.push(usable);
        const child = spawn(process.execPath, ['-e', RUN, '--', code], {
          env: { ...process.env, NODE_OPTIONS: '' },
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        });
        children.push(child);
        return child;
      },
    });
    return { result, attempts, said, stop, children };
  }

  test("ends with its process's code", async () => {
    for (const code of [0, 1, 130]) {
      const { result, attempts } = supervised([code]);
      assert.equal(await result, code);
      assert.deepEqual(attempts, [addresses()]);
    }
  });

  test('ends when it is asked to', async () => {
    const { result, stop, children } = supervised([]);
    while (children.length === 0) await delay(20);
    if (children[0]) await once(children[0], 'message');
    stop.abort();
    assert.equal(await result, 130);
  });

  test('does not begin when it was asked to end before', async () => {
    const { result, stop, attempts } = supervised([]);
    stop.abort();
    assert.equal(await result, 130);
    assert.deepEqual(attempts, []);
  });

  test('waits for a worker that may come, and for no other', async () => {
    const [missing = NaN, other = NaN] = await freePorts(2);
    const waiting = supervised(
      [],
      () => {
        waiting.stop.abort();
      },
      {
        workers: [...addresses(), `localhost:${missing}`],
        wait: true,
      },
    );
    assert.equal(await waiting.result, 130);
    assert.match(waiting.said.join('\n'), /^waiting: no worker listens on localhost:\d+: .*$/);
    startServer({ port: other, job: 'googlenet_tensorflow_2_9_0', threads: 1 });
    await assert.rejects(
      supervised([], undefined, { workers: [`localhost:${other}`], wait: true }).result,
      /runs TensorFlow 2\.9\.0, and this machine/,
    );
  });

  test('goes on in another process when its own is killed, as often as it has saved an epoch between', async () => {
    const { result, children, attempts, said } = supervised([-1, -1, -1, -1, 0]);
    for (let i = 0; i < 4; i++) {
      while (children.length === i) await delay(20);
      if (children[i]) await once(children[i] as ChildProcess, 'message');
      children[i]?.kill('SIGKILL');
    }
    assert.equal(await result, 0);
    assert.deepEqual(attempts, new Array(5).fill(addresses()));
    assert.deepEqual(said.slice(0, 2), [
      'the run failed though every worker answers: its process was killed',
      `going on from the last saved epoch with ${addresses().join(' and ')}`,
    ]);
  });

  test('ends where it fails three times and saves nothing', async () => {
    const { result, attempts, said } = supervised(FAILING);
    await assert.rejects(
      result,
      /^Error: the run has failed 3 times in a row though every worker answers: another run has begun on these workers; both share them now$/,
    );
    assert.equal(attempts.length, 3);
    const failed = said.filter((message) => message.startsWith('the run failed'));
    assert.ok(
      failed.every((message) => message.endsWith('both share them now')),
      said.join(),
    );
  });

  test('needs no worker once it is trained', async () => {
    const { result, attempts, said, children } = supervised([TRAINED]);
    while (children.length === 0) await delay(20);
    if (children[0]) await once(children[0], 'message');
    workers[0]?.kill('SIGSTOP');
    await delay(10_000);
    workers[0]?.kill('SIGCONT');
    children[0]?.kill('SIGUSR2');
    assert.equal(await result, 0);
    assert.deepEqual([attempts.length, said], [1, []]);
  });

  test('goes on without a worker that hangs, and ends where none is left', async () => {
    const [first, second] = addresses();
    const { result, attempts, said, children } = supervised([], (message) => {
      if (message.startsWith('going on')) workers[0]?.kill('SIGKILL');
    });
    while (children.length === 0) await delay(20);
    workers[1]?.kill('SIGSTOP');
    await assert.rejects(result, /^Error: no worker is left: start them again/);
    assert.deepEqual(attempts, [[first, second], [first]]);
    assert.deepEqual(said, [
      `${second} is lost: it has ended, hangs, or cannot be reached`,
      `going on from the last saved epoch with ${first}`,
      `${first} is lost: it has ended, hangs, or cannot be reached`,
    ]);
  });

  test('is refused at the start where a worker is not there', async () => {
    await assert.rejects(supervised([]).result, /no worker listens on localhost:\d+/);
  });
});
