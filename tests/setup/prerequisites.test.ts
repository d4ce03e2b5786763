import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { nodeProblem } from '../../lib/setup/nodeVersion.mjs';
import { PROJECT } from '../../lib/setup/paths.mjs';
import { checkPrerequisites } from '../../lib/setup/prerequisites.mjs';
import { machine } from './machine.js';

const whole = { python3: ['--version', 'version_info', 'venv'], 'c++': ['--version'] };

test('a machine with everything names its Python and its compiler', () => {
  assert.deepEqual(checkPrerequisites('venv', machine(whole)), {
    python: 'python3',
    compiler: 'c++',
  });
});

test('a later Python beside one that is too old is found', () => {
  const found = checkPrerequisites(
    'venv',
    machine({ ...whole, python3: ['--version'], 'python3.12': ['version_info', 'venv'] }),
  );
  assert.equal(found.python, 'python3.12');
});

test('each thing that is missing has its own sentence, with the command that installs it', () => {
  assert.throws(
    () => checkPrerequisites('venv', machine({})),
    ({ message }: Error) => {
      const [python = '', compiler = '', ...rest] = message.split('\n');
      assert.match(python, /Python 3\.10 or later was not found/);
      assert.match(compiler, /C\+\+ compiler was not found/);
      for (const [sentence, ...commands] of [
        [python, 'apt install python3 python3-venv', 'dnf install python3', 'brew install python'],
        [compiler, 'apt install g++', 'dnf install gcc-c++', 'brew install gcc'],
      ] as const)
        for (const command of commands) assert.ok(sentence.includes(command), sentence);
      assert.deepEqual(rest, []);
      return true;
    },
  );
});

test('a Python without venv is told from none', () => {
  assert.throws(
    () => checkPrerequisites('venv', machine({ ...whole, python3: ['--version', 'version_info'] })),
    /^Error: python3 has no module to make virtual environments \(venv\).*python3-venv/,
  );
});

test('a Python without pip is told from none, where it is pip that is needed', () => {
  const programs = { ...whole, python3: ['--version', 'version_info', 'import pip'] };
  assert.equal(checkPrerequisites('pip', machine(programs)).python, 'python3');
  assert.throws(
    () => checkPrerequisites('pip', machine(whole)),
    /^Error: python3 has no module to fetch packages \(pip\).*python3-pip/,
  );
});

test('on macOS the remedies are those of macOS', () => {
  assert.throws(
    () => checkPrerequisites('venv', { ...machine({}), platform: 'darwin', arch: 'arm64' }),
    /brew install python[^]*xcode-select --install/,
  );
});

for (const [system, sentence] of [
  [{ platform: 'win32' }, /WSL2/],
  [{ platform: 'darwin', arch: 'x64', processor: 'Intel(R) Core(TM) i7' }, /use a Mac with Apple/],
  [{ platform: 'darwin', arch: 'x64', processor: 'Apple M1' }, /install Node for arm64/],
  [{ platform: 'freebsd' }, /freebsd.*not supported/],
  [{ platform: 'linux', arch: 'riscv64' }, /riscv64.*not supported/],
  [{ platform: 'linux', musl: true }, /musl.*glibc/],
] as const) {
  test(`${JSON.stringify(system)} is refused in one sentence`, () => {
    assert.throws(
      () => checkPrerequisites('venv', { ...machine({}), ...system }),
      ({ message }: Error) => sentence.test(message) && !message.includes('\n'),
    );
  });
}

test('Linux on arm64 and macOS on Apple silicon are supported', () => {
  for (const system of [
    { platform: 'linux', arch: 'arm64' },
    { platform: 'darwin', arch: 'arm64' },
  ] as const)
    assert.ok(checkPrerequisites('venv', { ...machine(whole), ...system }));
});

test('Node 20, 22 and from 24 on are supported', () => {
  for (const version of ['20.12.0', '20.20.2', '22.0.0', '24.1.0', '25.0.0'])
    assert.equal(nodeProblem(version), undefined, version);
  for (const version of ['8.17.0', '18.20.8', '20.11.1', '21.7.3', '23.11.0'])
    assert.match(nodeProblem(version) ?? '', /not supported: install Node 20/, version);
});

test('a machine without Python and compiler gets sentences, no stack, and exit code 1', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(PROJECT, 'lib', 'setup', 'cli.mjs'), 'doctor'],
    { encoding: 'utf8', env: { PATH: '/nowhere' } },
  );
  assert.equal(status, 1);
  assert.equal(stderr, '');
  assert.match(stdout, /^Python +missing$/m);
  assert.match(stdout, /^C\+\+ compiler +missing$/m);
  assert.match(stdout, /^A C\+\+ compiler was not found: /m);
});

test('in a fresh clone the doctor says what to run, to a program too', () => {
  const clone = mkdtempSync(path.join(tmpdir(), 'a clone '));
  try {
    const files = ['lib/setup', 'lib/files', 'lib/tsconfig.json', 'tsconfig.base.json'];
    for (const file of [...files, 'package-lock.json'])
      cpSync(path.join(PROJECT, file), path.join(clone, file), { recursive: true });
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [path.join(clone, 'lib', 'setup', 'cli.mjs'), 'doctor'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 1);
    assert.equal(stderr, '');
    assert.match(stdout, /^Set-up: tfjs-node-gpu addon +missing or out of date$/m);
    assert.match(stdout, /^What set-up makes is not all there: run npm start/m);

    const json = spawnSync(
      process.execPath,
      [path.join(clone, 'lib', 'setup', 'cli.mjs'), 'doctor', '--json'],
      { encoding: 'utf8' },
    );
    assert.equal(json.status, 1);
    assert.equal(json.stderr, '');
    const report = JSON.parse(json.stdout) as {
      ready: boolean;
      machine: Record<string, string | null>;
      setup: Record<string, boolean>;
      problems: string[];
    };
    assert.equal(report.ready, false);
    assert.equal(report.machine.Node, process.versions.node);
    assert.equal(report.machine.tslab, null);
    assert.equal(report.setup['tfjs-node-gpu addon'], false);
    assert.match(report.problems.join('\n'), /^What set-up makes is not all there: run npm start/m);
  } finally {
    rmSync(clone, { recursive: true });
  }
});
