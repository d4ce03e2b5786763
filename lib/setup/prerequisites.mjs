// @ts-check
import { cpus } from 'node:os';
import { Problem } from './problem.mjs';
import { ask } from './programs.mjs';

/** @typedef {{ python: string, compiler: string }} Prerequisites */

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
 * What Python must have, beside itself: its modules, what they are for, and the commands that install
 * them with it, by the program that each system has for it.
 */
const PYTHON_MODULES = {
  venv: {
    modules: 'venv, ensurepip',
    purpose: 'to make virtual environments',
    install: {
      linux:
        'apt: sudo apt install python3 python3-venv; dnf: sudo dnf install python3; brew: brew install python',
      darwin: 'brew install python',
    },
  },
  pip: {
    modules: 'pip',
    purpose: 'to fetch packages',
    install: {
      linux:
        'apt: sudo apt install python3 python3-pip; dnf: sudo dnf install python3 python3-pip; brew: brew install python',
      darwin: 'brew install python',
    },
  },
};

/** @typedef {keyof typeof PYTHON_MODULES} PythonModule */

const INSTALL_COMPILER = {
  linux: 'apt: sudo apt install g++; dnf: sudo dnf install gcc-c++; brew: brew install gcc',
  // It comes with what Homebrew itself needs.
  darwin: 'xcode-select --install',
};

/**
 * What must be on the machine before anything is installed.
 * @param {PythonModule} pythonModule
 * @param {{ platform?: NodeJS.Platform, arch?: string, musl?: boolean, processor?: string, ask?: typeof ask }} [machine]
 * @returns {Prerequisites}
 * @throws Problem with a sentence for each thing that is missing
 */
export function checkPrerequisites(
  pythonModule,
  {
    platform = process.platform,
    arch = process.arch,
    musl = usesMusl(),
    processor = cpus()[0]?.model ?? '',
    ask: askProgram = ask,
  } = {},
) {
  const system = systemProblem(platform, arch, musl, processor);
  // What a system that is not supported lacks besides does not matter.
  if (system) throw new Problem(system);
  const hints = platform === 'darwin' ? 'darwin' : 'linux';
  const missing = [];

  const { modules, purpose, install } = PYTHON_MODULES[pythonModule];
  const python = findPython(askProgram);
  if (!python) {
    missing.push(
      `Python ${LEAST_PYTHON.join('.')} or later was not found: install it (${install[hints]}).`,
    );
  } else if (askProgram(python, ['-c', `import ${modules}`]) === undefined) {
    missing.push(
      `${python} has no module ${purpose} (${pythonModule}): install it (${install[hints]}).`,
    );
  }

  const compiler = findCompiler(askProgram);
  if (!compiler)
    missing.push(`A C++ compiler was not found: install one (${INSTALL_COMPILER[hints]}).`);

  if (missing.length > 0 || !python || !compiler) throw new Problem(missing.join('\n'));
  return { python, compiler };
}

/**
 * @param {NodeJS.Platform} platform
 * @param {string} arch
 * @param {boolean} musl
 * @param {string} processor the model's name
 * @returns {string | undefined} why the project cannot run on this system, and where it can
 */
function systemProblem(platform, arch, musl, processor) {
  if (platform === 'win32')
    return 'Windows itself is not supported: use WSL2 (in a terminal: wsl --install) and clone the project there.';
  if (platform === 'darwin' && arch === 'x64' && processor.includes('Apple'))
    return 'This Node is made for Intel processors and runs under Rosetta: install Node for arm64 (https://nodejs.org, Apple silicon).';
  if (platform === 'darwin' && arch === 'x64')
    return 'TensorFlow 2.21 is not published for Macs with an Intel processor: use a Mac with Apple silicon, or Linux.';
  if (!['linux', 'darwin'].includes(platform) || !['x64', 'arm64'].includes(arch))
    return `This system (${platform} on ${arch}) is not supported: use Linux on x86-64 or arm64, or macOS on Apple silicon.`;
  if (platform === 'linux' && musl)
    return 'TensorFlow is not published for Linux with the musl C library (Alpine): use a distribution with glibc, such as Debian, Ubuntu or Fedora.';
  return undefined;
}

function usesMusl() {
  if (process.platform !== 'linux') return false;
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header.glibcVersionRuntime === undefined;
}

/**
 * The first Python that is new enough.
 * @param {typeof ask} askProgram
 */
export function findPython(askProgram = ask) {
  const [major, minor] = LEAST_PYTHON;
  return PYTHONS.find(
    (name) =>
      askProgram(name, ['-c', `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`]) !==
      undefined,
  );
}

/** @param {typeof ask} askProgram */
export function findCompiler(askProgram = ask) {
  return COMPILERS.find((name) => askProgram(name, ['--version']) !== undefined);
}
