// @ts-check
import { ask } from './run.mjs';
import { Problem } from './problem.mjs';

/** @typedef {{ node: string, python: string, compiler: string }} Prerequisites */

const LEAST_NODE = 20;
const LEAST_PYTHON = [3, 10];
const PYTHONS = [
  'python3',
  'python',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
];
const COMPILERS = ['c++', 'g++', 'clang++'];

/**
 * What must be on the machine before anything is installed.
 * @param {{ platform?: string, arch?: string, nodeVersion?: string, ask?: typeof ask }} [machine]
 * @returns {Prerequisites}
 * @throws Problem with a sentence for each thing that is missing
 */
export function checkPrerequisites({
  platform = process.platform,
  arch = process.arch,
  nodeVersion = process.versions.node,
  ask: askProgram = ask,
} = {}) {
  const missing = [];
  if (platform === 'darwin' && arch === 'x64') {
    missing.push(
      'TensorFlow 2.21 is not published for Macs with an Intel processor: use a Mac with Apple silicon, or Linux.',
    );
  } else if (platform !== 'darwin' && platform !== 'linux') {
    missing.push(
      `This system (${platform}) is not supported: on Windows use WSL2 (in a terminal: wsl --install) and clone the project there.`,
    );
  }
  if (Number(nodeVersion.split('.')[0]) < LEAST_NODE) {
    missing.push(`Node ${nodeVersion} is too old: install Node ${LEAST_NODE} or later.`);
  }
  const python = findPython(askProgram);
  if (!python) {
    missing.push(
      `Python ${LEAST_PYTHON.join('.')} or later was not found: install it (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python).`,
    );
  } else if (askProgram(python, ['-c', 'import venv, ensurepip']) === undefined) {
    missing.push(
      'Python has no venv module: install it (Debian, Ubuntu: sudo apt install python3-venv).',
    );
  }
  const compiler = COMPILERS.find((name) => askProgram(name, ['--version']) !== undefined);
  if (!compiler) {
    missing.push(
      'A C++ compiler was not found: install one (Debian, Ubuntu: sudo apt install g++; macOS: xcode-select --install).',
    );
  }
  if (missing.length > 0 || !python || !compiler) throw new Problem(missing.join('\n'));
  return { node: nodeVersion, python, compiler };
}

/** @param {typeof ask} askProgram */
function findPython(askProgram) {
  const [major, minor] = LEAST_PYTHON;
  return PYTHONS.find(
    (name) =>
      askProgram(name, ['-c', `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`]) !==
      undefined,
  );
}
