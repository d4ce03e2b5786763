// @ts-check
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';

/** Plotly's part for Python, and what it alone needs: only its part of JupyterLab is used. */
const UNUSED = ['plotly', 'narwhals'];

/**
 * The virtual environment with JupyterLab and what runs notebooks.
 * @param {string} python
 */
export const pythonEnvironment = (python) =>
  virtualEnvironment('JupyterLab', PATHS.venv, PATHS.jupyterLock, python);

/**
 * The virtual environment with Sphinx, which only the book needs.
 * @param {string} python
 */
export const bookEnvironment = (python) =>
  virtualEnvironment('Sphinx', PATHS.bookVenv, PATHS.bookLock, python);

/**
 * The virtual environment with PyTorch, which the benchmark measures where it is there.
 * @param {string} python
 */
export const pytorchEnvironment = (python) =>
  virtualEnvironment('PyTorch', PATHS.pytorchVenv, PATHS.pytorchLock, python, {
    duration: 'minutes: 1 GB, or 6 GB with CUDA',
    hashes: false,
  });

/**
 * A virtual environment. Its programs are started as modules of its Python (python -m jupyterlab),
 * so it may be moved with the project.
 * @param {string} name in the user's words
 * @param {string} folder
 * @param {string} lock the file of its packages
 * @param {string} python
 * @param {{ duration?: string, hashes?: boolean }} [options] `hashes`: whether the file has one of
 *   each package
 * @returns {import('./setupStep.mjs').SetupStep}
 */
function virtualEnvironment(
  name,
  folder,
  lock,
  python,
  { duration = 'about a minute', hashes = true } = {},
) {
  return {
    name,
    duration,
    fingerprint: () => fingerprint(readFileSync(lock), process.platform, process.arch),
    present: () => isWhole(folder),
    async make() {
      rmSync(folder, { recursive: true, force: true });
      await runLogged(`virtual environment of ${name}`, python, ['-m', 'venv', folder]);
      await runLogged(name, pythonOf(folder), [
        '-m',
        'pip',
        'install',
        ...(hashes ? ['--require-hashes'] : []),
        '--only-binary=:all:',
        '-r',
        lock,
      ]);
      const lib = path.join(folder, 'lib');
      for (const version of readdirSync(lib)) {
        for (const unused of UNUSED)
          rmSync(path.join(lib, version, 'site-packages', unused), {
            recursive: true,
            force: true,
          });
      }
      rmSync(path.join(PATHS.cache, 'pip'), { recursive: true, force: true });
    },
  };
}

/** @param {string} venv */
const pythonOf = (venv) => path.join(venv, 'bin', 'python');

/**
 * Whether an environment's Python is there, and is still the version that the packages are for:
 * the system's may have been replaced by another.
 * @param {string} venv
 */
export function isWhole(venv) {
  const python = pythonOf(venv);
  if (!existsSync(python)) return false;
  const [version] = /python\d+\.\d+$/.exec(realpathSync(python)) ?? [];
  return version === undefined || existsSync(path.join(venv, 'lib', version));
}
