// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { kernelEnvironment, projectEnvironment } from './environment.mjs';
import { cudaProblem, gpuProblem, libraryProblem, nvidiaCardPresent, nvidiaGpus } from './gpu.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { checkPrerequisites, findCompiler, findPython } from './prerequisites.mjs';
import { Problem } from './problem.mjs';
import { freeSpace, gigabytes } from './makeSteps.mjs';
import { setupSteps } from './ready.mjs';
import { ask } from './programs.mjs';
import { isDone } from './setupStep.mjs';
import { chooseBuild, tensorFlowDirectory, whyOnlyCpu } from './tensorflow.mjs';

const MISSING = 'missing';

/**
 * What is on the machine; undefined is what is missing.
 * @typedef {object} Report
 * @property {Record<string, string | undefined>} machine
 * @property {Record<string, boolean>} setup whether each step of set-up is ready
 * @property {Record<string, string | undefined>} device none where set-up is not ready
 * @property {string[]} problems what is wrong, and what mends it, in a sentence each
 */

/**
 * Prints on one page what is on the machine, what is missing, and what mends it.
 * @param {{ json: boolean }} options `json`: whether it is for a program to read
 * @returns {Promise<number>} 0 when everything is ready
 */
export async function doctor({ json }) {
  const report = examine();
  if (json) printJson(report);
  else printPage(report);
  return report.problems.length === 0 ? 0 : 1;
}

/** @param {Report} report */
function printJson(report) {
  // What is missing must not be missing in the text.
  const withNull = (/** @type {string} */ _name, /** @type {unknown} */ value) => value ?? null;
  const ready = report.problems.length === 0;
  console.log(JSON.stringify({ ready, ...report }, withNull, 2));
}

/** @param {Report} report */
function printPage({ machine, setup, device, problems }) {
  table(machine);
  if (Object.keys(setup).length > 0) {
    console.log();
    table(
      Object.fromEntries(
        Object.entries(setup).map(([name, ready]) => [
          `Set-up: ${name}`,
          ready ? 'ready' : 'missing or out of date',
        ]),
      ),
    );
  }
  table(device);
  console.log();
  for (const problem of problems) console.log(problem);
  if (problems.length === 0) console.log('Everything is ready.');
}

/** @returns {Report} */
function examine() {
  /** @type {string[]} */
  const problems = [];
  const build = attempt(chooseBuild, problems);
  attempt(() => checkPrerequisites('venv'), problems);

  const gpus = nvidiaGpus();
  const unused = whyOnlyCpu();
  const python = findPython();
  const compiler = findCompiler();
  const machine = {
    Project: PROJECT,
    System: `${process.platform} ${process.arch}`,
    'Disk space left': gigabytes(freeSpace()),
    Node: process.versions.node,
    npm: ask('npm', ['--version']),
    Python: python && ask(python, ['--version']),
    'C++ compiler': compiler && ask(compiler, ['--version'])?.split('\n')[0],
    'TensorFlow.js': packageVersion('@tensorflow', 'tfjs-node-gpu'),
    tslab: packageVersion('tslab'),
    TypeScript: packageVersion('typescript'),
    JupyterLab: ask(PATHS.python, [
      '-c',
      'from importlib.metadata import version; print(version("jupyterlab"))',
    ]),
    'NVIDIA GPU': gpus.map(({ name }) => name).join(', ') || 'none that a driver reports',
    ...(gpus[0] && {
      'NVIDIA driver': gpus[0].driver,
      'GPU memory left': gpus.map(({ freeMemory }) => `${freeMemory} MiB`).join(', '),
      ...(unused && { 'GPU not used': unused }),
    }),
    ...(build === 'cuda' && cudaVersions()),
  };
  if (!build) return { machine, setup: {}, device: {}, problems };

  const setup = Object.fromEntries(setupSteps(build).map((step) => [step.name, isDone(step)]));
  const gpu = gpuProblem({
    gpus,
    cardPresent: nvidiaCardPresent(),
    build,
    onlyCpu: unused !== undefined,
  });
  if (gpu) problems.push(gpu);
  if (Object.values(setup).includes(false)) {
    problems.push(
      'What set-up makes is not all there: run npm start (or npm test), it makes what is missing.',
    );
    return { machine, setup, device: {}, problems };
  }
  const library = build === 'cuda' ? libraryProblem(tensorFlowDirectory(build)) : undefined;
  if (library) problems.push(library);
  const { device, adapter, problem } = tryTensorFlow(build, Boolean(gpu ?? library));
  if (problem) problems.push(problem);
  return { machine, setup, device: { Device: device, 'WebGPU adapter': adapter }, problems };
}

/**
 * @template T
 * @param {() => T} work
 * @param {string[]} problems gets what is wrong
 * @returns {T | undefined}
 */
function attempt(work, problems) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** @param {Record<string, string | undefined>} rows */
function table(rows) {
  for (const [name, value] of Object.entries(rows))
    console.log(`${name.padEnd(28)}${value ?? MISSING}`);
}

/** Adds two numbers and tells where: a library that loads may still not run. */
const PROBE = `
const { tf, findAdapter } = require('googlenet/runtime');
if (tf.add(1, 2).dataSync()[0] !== 3) throw new Error('1 + 2 is not 3');
const { binding, isUsingGpuDevice } = tf.backend();
if (!binding) throw new Error(tf.nativeFailure);
console.log((isUsingGpuDevice ? 'GPU' : 'CPU') + ', TensorFlow ' + binding.TF_Version);
const adapter = findAdapter();
console.log(adapter ? adapter.name + (adapter.software ? ', a software renderer' : '') : 'none');
`;

/**
 * @param {import('./tensorflow.mjs').Build} build
 * @param {boolean} explained whether it is known why the GPU stays unused
 * @returns {{ device?: string, adapter?: string | undefined, problem?: string }}
 */
function tryTensorFlow(build, explained) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROBE], {
    cwd: PROJECT,
    encoding: 'utf8',
    env: { ...projectEnvironment(), ...kernelEnvironment(), TF_CPP_MIN_LOG_LEVEL: '0' },
  });
  if (status !== 0) {
    const error =
      stderr.split('\n').find((line) => /error|fatal/i.test(line)) ?? 'it prints nothing';
    return {
      problem: `TensorFlow does not run (${error.trim()}): delete .runtime, then run npm start.`,
    };
  }
  const [device = '', adapter] = stdout.trim().split('\n');
  if (build === 'cpu' || device.startsWith('GPU') || explained) return { device, adapter };
  const problem = cudaProblem(stderr) ?? 'TensorFlow does not use the GPU and does not say why.';
  return { device, adapter, problem };
}

/** @param {string[]} name */
function packageVersion(...name) {
  try {
    return JSON.parse(readFileSync(path.join(PATHS.modules, ...name, 'package.json'), 'utf8'))
      .version;
  } catch {
    return undefined;
  }
}

function cudaVersions() {
  const lock = readFileSync(PATHS.cudaLock, 'utf8');
  const version = (/** @type {string} */ name) =>
    new RegExp(`^nvidia-${name}-cu12==(\\S+)`, 'm').exec(lock)?.[1];
  return { CUDA: version('cuda-runtime'), cuDNN: version('cudnn') };
}
