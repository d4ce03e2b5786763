// @ts-check
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

const SETUP = path.dirname(fileURLToPath(import.meta.url));

/** Whether these files are part of an installed package, and not of a clone of the project. */
const INSTALLED = SETUP.split(path.sep).includes('node_modules');

/** The packages whose compiled part set-up makes, in node_modules. */
export const BACKENDS = ['tfjs-node-gpu', 'tfjs-node'].map((name) =>
  path.join('@tensorflow', name),
);

/** The project's folder; of an installed package the one whose TensorFlow.js is the user's. */
export const PROJECT = INSTALLED
  ? (folderWith(BACKENDS, process.cwd()) ?? process.cwd())
  : path.resolve(SETUP, '..', '..');

/**
 * The nearest folder from `folder` upwards that has one of `packages` in its node_modules, as Node
 * looks for it.
 * @param {readonly string[]} packages
 * @param {string} folder
 * @returns {string | undefined}
 */
function folderWith(packages, folder) {
  if (packages.some((name) => existsSync(path.join(folder, 'node_modules', name)))) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? undefined : folderWith(packages, parent);
}

/** @param {string[]} parts */
const inProject = (...parts) => path.join(PROJECT, ...parts);

const CACHE = INSTALLED
  ? inProject('node_modules', '.cache', 'tfjs-node-tensorflow')
  : inProject('.cache');

/** What set-up makes. All of it lies in the project, and git ignores it. */
export const PATHS = {
  cache: CACHE,
  stamps: path.join(CACHE, 'stamps'),
  logs: path.join(CACHE, 'logs'),
  temporary: path.join(CACHE, 'tmp'),
  jupyter: inProject('.jupyter'),
  venv: inProject('.venv'),
  python: inProject('.venv', 'bin', 'python'),
  bookVenv: inProject('.cache', 'book-venv'),
  bookPython: inProject('.cache', 'book-venv', 'bin', 'python'),
  pytorchVenv: inProject('.cache', 'bench-venv'),
  onnxRuntime: inProject('.cache', 'bench-onnxruntime'),
  runtime: INSTALLED ? CACHE : inProject('.runtime'),
  modules: inProject('node_modules'),
  nodeApiHeaders: path.join(
    folderWith(['node-api-headers'], SETUP) ?? PROJECT,
    'node_modules',
    'node-api-headers',
  ),
  backend: inProject('node_modules', '@tensorflow', 'tfjs-node-gpu'),
  tslab: inProject('node_modules', 'tslab', 'bin', 'tslab'),
  kernel: inProject('.venv', 'share', 'jupyter', 'kernels', 'tslab'),
  nodeCompat: path.join(SETUP, 'node-compat.cjs'),
  endWithJupyter: path.join(SETUP, 'end-with-jupyter.cjs'),
  mendTslab: path.join(SETUP, 'mend-tslab.cjs'),
  notebooks: inProject('notebooks'),
  output: inProject('output', 'notebooks'),
  webPage: inProject('output', 'web'),
  jupyterLock: path.join(SETUP, 'locks', 'jupyter.txt'),
  bookLock: path.join(SETUP, 'locks', 'book.txt'),
  pytorchLock: path.join(SETUP, 'locks', 'pytorch.txt'),
  onnxRuntimeLock: path.join(SETUP, 'locks', 'onnxruntime'),
  cudaLock: path.join(SETUP, 'locks', 'cuda.txt'),
  unpackTensorFlow: path.join(SETUP, 'unpack_tensorflow.py'),
  runNotebooks: path.join(SETUP, 'run_notebooks.py'),
  trainCommand: inProject('lib', 'dist', 'commands', 'train.js'),
  sweepCommand: inProject('lib', 'dist', 'commands', 'sweep.js'),
  workerCommand: inProject('lib', 'dist', 'commands', 'worker.js'),
  reportCommand: inProject('lib', 'dist', 'report', 'cli.js'),
  bookCommand: inProject('lib', 'dist', 'book', 'cli.js'),
  koreanNotebooksCommand: inProject('lib', 'dist', 'book', 'labNotebooks.js'),
  benchCommand: inProject('lib', 'dist', 'bench', 'cli.js'),
};
