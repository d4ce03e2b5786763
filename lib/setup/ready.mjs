// @ts-check
import { addon } from './addon.mjs';
import { kernel } from './kernel.mjs';
import { compiledLibrary } from './compiledLibrary.mjs';
import { makeSteps } from './makeSteps.mjs';
import { npmPackages } from './npmPackages.mjs';
import { PATHS } from './paths.mjs';
import { pythonEnvironment } from './pythonEnvironment.mjs';
import { isDone } from './setupStep.mjs';
import { chooseBuild, SIZE, tensorFlow } from './tensorflow.mjs';

/** What the steps beside TensorFlow take on the disk while they are made, in bytes. */
const OTHER_STEPS = 1.8e9;

/**
 * A step that only some commands need.
 * @typedef {(python: string) => import('./setupStep.mjs').SetupStep} FurtherStep
 */

/**
 * The steps from a fresh clone to a machine on which the notebooks run, in order.
 * @param {import('./tensorflow.mjs').Build} build
 * @param {import('./prerequisites.mjs').Prerequisites} [tools] what makes them; asking whether they
 *   are done needs none
 * @param {readonly FurtherStep[]} [further]
 */
export function setupSteps(
  build,
  { python, compiler } = { python: '', compiler: '' },
  further = [],
) {
  return [
    npmPackages,
    pythonEnvironment(python),
    tensorFlow(build, PATHS.python),
    addon(compiler, build, PATHS.backend),
    compiledLibrary,
    kernel,
    ...further.map((step) => step(python)),
  ];
}

/**
 * Makes the project ready. What is there is left alone; what is half done is done again.
 * @param {readonly FurtherStep[]} further
 * @throws Problem that says what is missing, or which step failed, and what to do
 */
export async function makeReady(...further) {
  const build = chooseBuild();
  await makeSteps((tools) => setupSteps(build, tools, further), {
    pythonModule: 'venv',
    // Once TensorFlow is there, the others find room.
    disk: () => (isDone(tensorFlow(build, '')) ? 0 : SIZE[build] + OTHER_STEPS),
  });
}
