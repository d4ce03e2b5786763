// @ts-check
import { readFileSync, statfsSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS, PROJECT } from './paths.mjs';
import { checkPrerequisites } from './prerequisites.mjs';
import { Problem } from './problem.mjs';
import { setupSteps } from './ready.mjs';
import { ask } from './run.mjs';
import { isDone } from './step.mjs';
import { chooseBuild } from './tensorflow.mjs';

/**
 * Prints what is on the machine, what is missing, and the command that mends it.
 * @returns {Promise<number>} 0 when everything is ready
 */
export async function doctor() {
  const print = (/** @type {string} */ what, /** @type {string | undefined} */ value) => {
    console.log(`${what.padEnd(22)}${value ?? 'missing'}`);
  };
  const { bavail, bsize } = statfsSync(PROJECT);
  print('project', PROJECT);
  print('system', `${process.platform} ${process.arch}`);
  print('disk space left', `${((bavail * bsize) / 1e9).toFixed(1)} GB`);
  print('Node', process.versions.node);
  print('npm', ask('npm', ['--version']));
  print('Python', ask('python3', ['--version']));
  print('C++ compiler', ask('c++', ['--version'])?.split('\n')[0]);
  print(
    'NVIDIA GPU, driver',
    ask('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader']) ??
      'none: nvidia-smi does not answer',
  );
  print('TensorFlow.js', packageVersion('@tensorflow', 'tfjs-node-gpu'));
  print('tslab', packageVersion('tslab'));
  print(
    'JupyterLab',
    ask(PATHS.python, [
      '-c',
      'from importlib.metadata import version; print(version("jupyterlab"))',
    ]),
  );

  console.log();
  try {
    const prerequisites = checkPrerequisites();
    const build = chooseBuild();
    const steps = setupSteps(prerequisites, build);
    const missing = steps.filter((step) => !isDone(step));
    for (const step of steps)
      print(step.name, missing.includes(step) ? 'missing or out of date' : 'ready');
    if (missing.length > 0) throw new Problem('npm start makes ready what is missing.');
    print(
      'TensorFlow',
      ask(process.execPath, ['-e', PROBE]) ??
        'does not run: delete .cache/stamps and run npm start',
    );
    console.log('\nEverything is ready.');
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.log(`\n${error.message}`);
    return 1;
  }
}

/** Adds two numbers and tells where: a version that loads may still not run. */
const PROBE = `
const { tf } = require('googlenet/runtime');
const sum = tf.add(1, 2).dataSync()[0];
const { binding, isUsingGpuDevice } = tf.backend();
if (sum !== 3) process.exit(1);
console.log(binding.TF_Version + ', runs on the ' + (isUsingGpuDevice ? 'GPU' : 'CPU'));
`;

/** @param {string[]} name */
function packageVersion(...name) {
  try {
    return JSON.parse(readFileSync(path.join(PATHS.modules, ...name, 'package.json'), 'utf8'))
      .version;
  } catch {
    return undefined;
  }
}
