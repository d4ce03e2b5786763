import { strict as assert } from 'node:assert';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import {
  kernelEnvironment,
  projectEnvironment,
  requireOption,
} from '../../lib/setup/environment.mjs';
import { kernelSpec } from '../../lib/setup/kernel.mjs';
import { PATHS, PROJECT } from '../../lib/setup/paths.mjs';
import { isWhole } from '../../lib/setup/pythonEnvironment.mjs';

const ENVIRONMENT = pathToFileURL(path.join(PROJECT, 'lib', 'setup', 'environment.mjs')).href;

test('every folder that a program may write to lies in the project', () => {
  const environment = projectEnvironment();
  for (const name of [
    'TMPDIR',
    'npm_config_cache',
    'PIP_CACHE_DIR',
    'JUPYTER_CONFIG_DIR',
    'JUPYTER_DATA_DIR',
    'JUPYTER_RUNTIME_DIR',
    'IPYTHONDIR',
  ]) {
    assert.ok(environment[name]?.startsWith(PROJECT + path.sep), name);
  }
  assert.ok(kernelEnvironment().CUDA_CACHE_PATH?.startsWith(PROJECT + path.sep));
});

test('Python reads and writes UTF-8, as Node does, in any locale', () => {
  const user = { ...process.env, LC_ALL: 'C', PYTHONUTF8: '0' };
  const script = `
    import { spawnSync } from 'node:child_process';
    import { projectEnvironment } from ${JSON.stringify(ENVIRONMENT)};
    const encodings = 'import locale, sys; print(locale.getpreferredencoding(), sys.getfilesystemencoding())';
    const python = ${JSON.stringify(PATHS.python)};
    spawnSync(python, ['-c', encodings], { env: projectEnvironment(), stdio: 'inherit' });`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: user,
  });
  assert.equal(stdout.trim().toLowerCase(), 'utf-8 utf-8');
});

test("the user's own Python and Jupyter settings are not inherited", () => {
  const before = process.env.PYTHONPATH;
  process.env.PYTHONPATH = '/elsewhere';
  try {
    assert.equal(projectEnvironment().PYTHONPATH, undefined);
  } finally {
    if (before === undefined) delete process.env.PYTHONPATH;
    else process.env.PYTHONPATH = before;
  }
});

test('NODE_OPTIONS loads a file whose path has spaces, quotes and backslashes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'a "strange\\ folder '));
  try {
    const file = path.join(folder, 'first.cjs');
    writeFileSync(file, 'globalThis.loadedFirst = true;');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['-p', 'globalThis.loadedFirst + " " + process.env.NODE_OPTIONS.includes("--no-warnings")'],
      {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: requireOption(file, '--no-warnings') },
      },
    );
    assert.equal(stdout.trim(), 'true true', stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('NODE_OPTIONS is not made longer by a set-up that a set-up starts', () => {
  const once = requireOption('/a b/first.cjs', '');
  assert.equal(requireOption('/a b/first.cjs', once), once);
});

test('the kernel starts this Node on tslab and stops a cell by a signal', () => {
  const spec = JSON.parse(kernelSpec()) as {
    argv: string[];
    interrupt_mode: string;
    env: Record<string, string>;
  };
  assert.equal(spec.argv[0], process.execPath);
  assert.ok(spec.argv.includes(PATHS.tslab));
  assert.ok(spec.argv.includes(PATHS.nodeCompat), 'which later Nodes need');
  assert.equal(spec.interrupt_mode, 'signal');
});

test('huge pages are asked for on Linux alone', () => {
  assert.match(kernelEnvironment('linux').GLIBC_TUNABLES ?? '', /hugetlb=1/);
  assert.equal(kernelEnvironment('darwin').GLIBC_TUNABLES, undefined);
});

test('oneDNN and a quiet log are asked for, unless who starts the process asks otherwise', () => {
  const settings = (env: NodeJS.ProcessEnv): unknown =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [
          '--require',
          PATHS.nodeCompat,
          '-p',
          'JSON.stringify([process.env.TF_ENABLE_ONEDNN_OPTS, process.env.TF_CPP_MIN_LOG_LEVEL])',
        ],
        { env, encoding: 'utf8' },
      ),
    );
  assert.deepEqual(settings({}), [process.arch === 'x64' ? '1' : null, '2']);
  assert.deepEqual(settings({ TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '0' }), ['0', '0']);
});

test('a virtual environment whose Python was removed or replaced is made anew', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'venv '));
  try {
    const python = path.join(folder, 'python3.12');
    writeFileSync(python, '');
    mkdirSync(path.join(folder, 'venv', 'bin'), { recursive: true });
    symlinkSync(python, path.join(folder, 'venv', 'bin', 'python'));
    const venv = path.join(folder, 'venv');
    assert.equal(isWhole(venv), false, 'its packages are for another version');
    mkdirSync(path.join(venv, 'lib', 'python3.12'), { recursive: true });
    assert.equal(isWhole(venv), true);
    rmSync(python);
    assert.equal(isWhole(venv), false, 'its Python is gone');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a kernel ends when its Jupyter was killed', { timeout: 20_000 }, async () => {
  const kernel = 'setInterval(() => undefined, 1000); console.log("started")';
  const command = `"${process.execPath}" --require "${PATHS.endWithJupyter}" -e '${kernel}' & wait`;
  const jupyter = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kernelEnded = once(jupyter.stdout, 'close');
  await once(jupyter.stdout, 'data');
  jupyter.kill('SIGKILL');
  await kernelEnded;
});
