// @ts-check
import { accessSync, constants, statfsSync } from 'node:fs';
import { addon } from './addon.mjs';
import { kernel } from './kernel.mjs';
import { library } from './library.mjs';
import { withLock } from './lock.mjs';
import { npmPackages } from './npmPackages.mjs';
import { PROJECT } from './paths.mjs';
import { checkPrerequisites } from './prerequisites.mjs';
import { Problem } from './problem.mjs';
import { pythonEnvironment } from './pythonEnvironment.mjs';
import { ensure, isDone } from './step.mjs';
import { chooseBuild, tensorFlow } from './tensorflow.mjs';

/** Bytes that a first set-up takes, by the build of TensorFlow. */
const SPACE = { cpu: 3e9, cuda: 14e9 };

/**
 * The steps from a fresh clone to a machine on which the notebooks run, in order.
 * @param {import('./prerequisites.mjs').Prerequisites} prerequisites
 * @param {import('./tensorflow.mjs').Build} build
 */
export function setupSteps({ python, compiler }, build) {
  return [
    npmPackages,
    pythonEnvironment(python),
    tensorFlow(build),
    addon(compiler, build),
    library,
    kernel,
  ];
}

/**
 * Makes the project ready. What is there is left alone; what is half done is done again.
 * @throws Problem that says what is missing, or which step failed, and what to do
 */
export async function makeReady() {
  const prerequisites = checkPrerequisites();
  const build = chooseBuild();
  const steps = setupSteps(prerequisites, build);
  if (steps.every(isDone)) return;
  checkFolder(build);
  await withLock(async () => {
    console.log('Making the project ready (once; an interrupted set-up goes on where it stopped):');
    for (const step of steps) await ensure(step);
  });
}

/** @param {import('./tensorflow.mjs').Build} build */
function checkFolder(build) {
  try {
    accessSync(PROJECT, constants.W_OK);
  } catch {
    throw new Problem(`${PROJECT} cannot be written to: move the project to a folder of yours.`);
  }
  if (isDone(tensorFlow(build))) return;
  const { bavail, bsize } = statfsSync(PROJECT);
  if (bavail * bsize < SPACE[build]) {
    throw new Problem(
      `The disk has ${((bavail * bsize) / 1e9).toFixed(1)} GB left; set-up takes ${SPACE[build] / 1e9} GB. Free some and run the same command again.`,
    );
  }
}
