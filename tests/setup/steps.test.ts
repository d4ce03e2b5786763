import { strict as assert } from 'node:assert';
import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { PROJECT } from '../../lib/setup/paths.mjs';

const run = promisify(execFile);

/** Set-up's own files in a project of their own, in a path with spaces, with a step that counts. */
suite('a set-up step', () => {
  let project = '';
  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), 'a project '));
    cpSync(path.join(PROJECT, 'lib', 'setup'), path.join(project, 'lib', 'setup'), {
      recursive: true,
    });
    mkdirSync(path.join(project, '.cache'));
    writeFileSync(path.join(project, 'count.mjs'), COUNTING_STEP);
  });
  afterEach(() => {
    rmSync(project, { recursive: true });
  });

  const make = (...args: string[]) =>
    run(process.execPath, [path.join(project, 'count.mjs'), ...args]);
  const timesMade = () =>
    readFileSync(path.join(project, 'made'), 'utf8').trim().split('\n').length;

  test('is made once, and again when what it depends on changes or what it made is gone', async () => {
    await make('first');
    await make('first');
    assert.equal(timesMade(), 1);
    await make('second');
    assert.equal(timesMade(), 2);
    rmSync(path.join(project, 'result'));
    await make('second');
    assert.equal(timesMade(), 3);
  });

  test('is told of on standard error: standard output is that of the command it is made for', async () => {
    const { stdout, stderr } = await make('first');
    assert.match(stderr, /: ready after \d+ s$/m);
    assert.equal(stdout, '');
  });

  test('that was killed half-way is made again', async () => {
    await assert.rejects(make('first', '--die'), { signal: 'SIGKILL' });
    assert.ok(existsSync(path.join(project, 'result')), 'it died after it had made its file');
    await make('first');
    assert.equal(timesMade(), 2);
  });

  test('that was done before and was killed when made anew is made again', async () => {
    await make('first');
    await assert.rejects(make('second', '--die'), { signal: 'SIGKILL' });
    await make('first');
    assert.equal(timesMade(), 3);
  });

  test('is made by one of two set-ups that start at once; the other waits', async () => {
    const outputs = await Promise.all([make('first', '--slow'), make('first', '--slow')]);
    assert.equal(timesMade(), 1);
    assert.ok(outputs.some(({ stderr }) => stderr.includes('waiting for it')));
  });

  test('waits for a program that a killed set-up left running', async () => {
    await assert.rejects(make('first', '--orphan'), { signal: 'SIGKILL' });
    await make('first');
    const order = readFileSync(path.join(project, 'made'), 'utf8').trim().split('\n');
    assert.deepEqual(order, ['begun', 'orphan ended', 'begun']);
  });

  test('that fails is named, with the end of its output, the cause, and how to go on', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(project, 'count.mjs'), 'first', '--full'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 1);
    assert.match(stderr, /Set-up stopped at: counting\./);
    assert.match(stderr, /\| sh: write error: No space left on device/);
    assert.match(stderr, /The disk is full: free some space\./);
    assert.match(stderr, /run the same command again/);
    assert.doesNotMatch(stderr, /\n +at /);
  });

  test('that does not make what it is for is not done', async () => {
    await assert.rejects(make('first', '--nothing'), ({ stderr }: { stderr: string }) => {
      assert.match(stderr, /what counting should have made is not there/);
      return true;
    });
    await make('first');
    assert.equal(timesMade(), 2);
  });
});

const COUNTING_STEP = `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { withLock } from './lib/setup/lock.mjs';
import { runLogged } from './lib/setup/programs.mjs';
import { ensure } from './lib/setup/setupStep.mjs';

const file = (name) => new URL(name, import.meta.url);
const [version, ...options] = process.argv.slice(2);
const has = (option) => options.includes(option);
const step = {
  name: 'counting',
  duration: 'a moment',
  fingerprint: () => version,
  present: () => existsSync(file('result')),
  async make() {
    appendFileSync(file('made'), 'begun\\n');
    if (!has('--nothing')) writeFileSync(file('result'), '');
    if (has('--die')) process.kill(process.pid, 'SIGKILL');
    if (has('--slow')) await runLogged('sleep', 'sleep', ['1']);
    if (has('--full')) await runLogged('write', 'sh', ['-c', 'echo sh: write error: No space left on device >&2; exit 1']);
    if (has('--orphan')) {
      const write = 'sleep 1; echo orphan ended >> made';
      const orphan = runLogged('orphan', 'sh', ['-c', write]);
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);
      await orphan;
    }
  },
};
try {
  await withLock('python3', () => ensure(step));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;
