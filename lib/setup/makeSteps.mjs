// @ts-check
import { accessSync, constants, statfsSync } from 'node:fs';
import { withLock } from './lock.mjs';
import { PROJECT } from './paths.mjs';
import { checkPrerequisites } from './prerequisites.mjs';
import { Problem } from './problem.mjs';
import { ensure, isDone } from './setupStep.mjs';

/**
 * Makes the steps that are not done, in their order, while no other set-up of the project does.
 * @param {(tools?: import('./prerequisites.mjs').Prerequisites) => import('./setupStep.mjs').SetupStep[]} stepsOf
 *   the steps, and what makes them; asking whether they are done needs none
 * @param {{ pythonModule: import('./prerequisites.mjs').PythonModule, disk: () => number }} needs
 *   `disk`: bytes that must be left for what is not done
 * @returns {Promise<boolean>} whether there was anything to make
 * @throws Problem that says what is missing, or which step failed, and what to do
 */
export async function makeSteps(stepsOf, { pythonModule, disk }) {
  if (stepsOf().every(isDone)) return false;
  const tools = checkPrerequisites(pythonModule);
  checkFolder();
  await withLock(tools.python, async () => {
    const steps = stepsOf(tools);
    if (steps.every(isDone)) return;
    checkSpace(disk());
    console.error(
      'Making the project ready (once; an interrupted set-up goes on where it stopped):',
    );
    for (const step of steps) await ensure(step);
  });
  return true;
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

/** @param {number} disk */
function checkSpace(disk) {
  const free = freeSpace();
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
