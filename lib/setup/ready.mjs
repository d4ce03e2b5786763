// @ts-check
import { accessSync, constants, statfsSync } from 'node:fs';
import { addon } from './addon.mjs';
import { kernel } from './kernel.mjs';
import { compiledLibrary } from './compiledLibrary.mjs';
import { withLock } from './lock.mjs';
import { npmPackages } from './npmPackages.mjs';
import { PROJECT } from './paths.mjs';
import { checkPrerequisites } from './prerequisites.mjs';
import { Problem } from './problem.mjs';
import { pythonEnvironment } from './pythonEnvironment.mjs';
import { ensure, isDone } from './setupStep.mjs';
import { chooseBuild, SIZE, tensorFlow } from './tensorflow.mjs';

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
    tensorFlow(build),
    addon(compiler, build),
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
  if (setupSteps(build, undefined, further).every(isDone)) return;
  const tools = checkPrerequisites();
  checkFolder();
  await withLock(tools.python, async () => {
    const steps = setupSteps(build, tools, further);
    if (steps.every(isDone)) return;
    checkSpace(build);
    console.error(
      'Making the project ready (once; an interrupted set-up goes on where it stopped):',
    );
    for (const step of steps) await ensure(step);
  });
}

function checkFolder() {
  try {
    accessSync(PROJECT, constants.W_OK);
  } catch {
    throw new Problem(
      `The project's folder cannot be written to: move it to a folder of yours (${PROJECT}).`,
    );
  }
}

/** @param {import('./tensorflow.mjs').Build} build */
function checkSpace(build) {
  if (isDone(tensorFlow(build))) return;
  const free = freeSpace();
  const { disk } = SIZE[build];
  if (free < disk)
    throw new Problem(
      `The disk has ${gigabytes(free)} left; set-up takes ${gigabytes(disk)}. Free some and run the same command again.`,
    );
}

/** Bytes left on the project's disk. */
export function freeSpace() {
  const { bavail, bsize } = statfsSync(PROJECT);
  return bavail * bsize;
}

/** @param {number} bytes */
export const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
