import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { PATHS, PROJECT } from '../../lib/setup/paths.mjs';
import { allTestFiles, namedTestFiles } from '../../lib/setup/tests.mjs';

/** `npm run …` without npm. */
function command(...args: string[]) {
  return spawnSync(process.execPath, [path.join(PROJECT, 'lib', 'setup', 'cli.mjs'), ...args], {
    encoding: 'utf8',
    cwd: PROJECT,
    // Without it a test runner in a test reports to the outer one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
}

test('a command refuses what it does not know, before it does anything', () => {
  for (const name of [
    'start',
    'setup',
    'test',
    'bounds',
    'check',
    'lint',
    'format',
    'doctor',
    'report',
  ]) {
    const { status, stdout, stderr } = command(name, '--fast');
    assert.equal(status, 1, name);
    assert.equal(stdout, '', name);
    assert.equal(stderr.trim().split('. ')[0], `npm run ${name} does not know "--fast"`);
  }
  const { status, stderr } = command('start', '04');
  assert.equal(status, 1);
  assert.match(stderr, /does not know "04"\. Usage: npm run start -- \[--notebook\] \[--set\] /);
});

test('the commands of the compiled library refuse it too', () => {
  for (const name of ['train', 'bench', 'book']) {
    const { status, stderr } = command(name, '--fast');
    assert.notEqual(status, 0, name);
    assert.match(stderr, /'--fast'/, name);
    assert.doesNotMatch(stderr, / at /, name);
  }
});

test('tests are named by file, by folder, or by path', () => {
  const one = [path.join('files', 'writeWhole.test.ts')];
  for (const name of [
    'files/writeWhole',
    'files/writeWhole.test.ts',
    'tests/files/writeWhole.test.ts',
    './tests/files/writeWhole',
  ])
    assert.deepEqual(namedTestFiles([name]), one, name);
  const folder = allTestFiles().filter((file) => file.startsWith(`files${path.sep}`));
  assert.ok(folder.length > 1);
  assert.deepEqual(namedTestFiles(['files/', 'files/writeWhole']), folder);
  assert.deepEqual(namedTestFiles([]), []);
  assert.throws(() => namedTestFiles(['files/write']), {
    message: /^There is no test "files\/write"\. There are:\n[^]*^ {2}files\/writeWhole$/m,
  });
});

test('npm test runs the files that are named, alone, also while all of them run', () => {
  // Where a run of all tests counts what passed.
  const results = path.join(PATHS.logs, 'tests.tap');
  const soFar = () => (existsSync(results) ? readFileSync(results, 'utf8') : '');
  const before = soFar();
  const { status, stdout } = command('test', 'files/writeWhole');
  assert.ok(soFar().startsWith(before), 'its counts took their place');
  assert.equal(status, 0);
  assert.match(stdout, /^ℹ fail 0$/m);
  assert.doesNotMatch(stdout, /# types of the tests/);
});
