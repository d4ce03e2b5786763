// @ts-check
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';

/** Plotly's part for Python, and what it alone needs: only its part of JupyterLab is used. */
const UNUSED = ['plotly', 'narwhals'];

/**
 * The virtual environment with JupyterLab and what runs notebooks. Its programs are started as
 * modules of its Python (python -m jupyterlab), so it may be moved with the project.
 * @param {string} python
 * @returns {import('./setupStep.mjs').SetupStep}
 */
export function pythonEnvironment(python) {
  return {
    name: 'JupyterLab',
    duration: 'about a minute',
    fingerprint: () => fingerprint(readFileSync(PATHS.jupyterLock), process.platform, process.arch),
    present: () => isWhole(PATHS.venv),
    async make() {
      rmSync(PATHS.venv, { recursive: true, force: true });
      await runLogged('virtual environment', python, ['-m', 'venv', PATHS.venv]);
      await runLogged('JupyterLab', PATHS.python, [
        '-m',
        'pip',
        'install',
        '--require-hashes',
        '--only-binary=:all:',
        '-r',
        PATHS.jupyterLock,
      ]);
      const lib = path.join(PATHS.venv, 'lib');
      for (const version of readdirSync(lib)) {
        for (const name of UNUSED)
          rmSync(path.join(lib, version, 'site-packages', name), { recursive: true, force: true });
      }
      rmSync(path.join(PATHS.cache, 'pip'), { recursive: true, force: true });
    },
  };
}

/**
 * Whether an environment's Python is there, and is still the version that the packages are for:
 * the system's may have been replaced by another.
 * @param {string} venv
 */
export function isWhole(venv) {
  const python = path.join(venv, 'bin', 'python');
  if (!existsSync(python)) return false;
  const [version] = /python\d+\.\d+$/.exec(realpathSync(python)) ?? [];
  return version === undefined || existsSync(path.join(venv, 'lib', version));
}
