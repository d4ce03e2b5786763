// @ts-check
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const PROJECT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @param {string[]} parts */
const inProject = (...parts) => path.join(PROJECT, ...parts);

/** What set-up makes. All of it lies in the project, and git ignores it. */
export const PATHS = {
  cache: inProject('.cache'),
  stamps: inProject('.cache', 'stamps'),
  logs: inProject('.cache', 'logs'),
  temporary: inProject('.cache', 'tmp'),
  jupyter: inProject('.jupyter'),
  venv: inProject('.venv'),
  python: inProject('.venv', 'bin', 'python'),
  bookVenv: inProject('.cache', 'book-venv'),
  bookPython: inProject('.cache', 'book-venv', 'bin', 'python'),
  runtime: inProject('.runtime'),
  modules: inProject('node_modules'),
  backend: inProject('node_modules', '@tensorflow', 'tfjs-node-gpu'),
  tslab: inProject('node_modules', 'tslab', 'bin', 'tslab'),
  kernel: inProject('.venv', 'share', 'jupyter', 'kernels', 'tslab'),
  nodeCompat: inProject('lib', 'runtime', 'tfjs-node', 'node-compat.cjs'),
  endWithJupyter: inProject('lib', 'setup', 'end-with-jupyter.cjs'),
  mendTslab: inProject('lib', 'setup', 'mend-tslab.cjs'),
  notebooks: inProject('notebooks'),
  output: inProject('output', 'notebooks'),
  webPage: inProject('output', 'web'),
  jupyterLock: inProject('lib', 'setup', 'locks', 'jupyter.txt'),
  bookLock: inProject('lib', 'setup', 'locks', 'book.txt'),
  cudaLock: inProject('lib', 'setup', 'locks', 'cuda.txt'),
  unpackTensorFlow: inProject('lib', 'setup', 'unpack_tensorflow.py'),
  runNotebooks: inProject('lib', 'setup', 'run_notebooks.py'),
  trainCommand: inProject('lib', 'dist', 'commands', 'train.js'),
  sweepCommand: inProject('lib', 'dist', 'commands', 'sweep.js'),
  workerCommand: inProject('lib', 'dist', 'commands', 'worker.js'),
  reportCommand: inProject('lib', 'dist', 'bench', 'deviceReport.js'),
  bookCommand: inProject('lib', 'dist', 'book', 'cli.js'),
  koreanNotebooksCommand: inProject('lib', 'dist', 'book', 'labNotebooks.js'),
  benchCommand: inProject('lib', 'dist', 'bench', 'cli.js'),
};
