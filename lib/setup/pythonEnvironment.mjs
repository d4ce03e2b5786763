// @ts-check
import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './run.mjs';
import { fingerprint } from './step.mjs';

const LOCK = path.join(PATHS.locks, 'jupyter.txt');

/**
 * The virtual environment with JupyterLab and what runs notebooks.
 * @param {string} python
 * @returns {import('./step.mjs').Step}
 */
export function pythonEnvironment(python) {
  return {
    name: 'JupyterLab',
    duration: 'about a minute',
    // A virtual environment knows its own path, so a moved project needs a new one.
    fingerprint: () => fingerprint(readFileSync(LOCK), PROJECT),
    present: () => existsSync(PATHS.python),
    async make() {
      rmSync(PATHS.venv, { recursive: true, force: true });
      await runLogged('virtual environment', python, ['-m', 'venv', PATHS.venv]);
      await runLogged(
        'JupyterLab',
        PATHS.python,
        ['-m', 'pip', 'install', '--require-hashes', '--only-binary=:all:', '-r', LOCK],
        {
          advice:
            'If the Python package index cannot be reached, check the network or the proxy settings.',
        },
      );
    },
  };
}
