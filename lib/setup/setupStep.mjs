// @ts-check
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { explainError } from './causes.mjs';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * One part of set-up. It is done when its stamp holds the fingerprint of what it depends on and
 * what it makes is there; a step that was killed has no stamp and is made again.
 * @typedef {object} SetupStep
 * @property {string} name in the user's words: "npm packages"
 * @property {string} duration what a first run takes, in the user's words
 * @property {() => string} fingerprint of all that the result depends on
 * @property {() => boolean} present whether what the step makes is there
 * @property {() => Promise<void>} make
 */

/** @param {SetupStep} step */
export function isDone(step) {
  return step.present() && readStamp(step.name) === step.fingerprint();
}

/**
 * Makes a step unless it is done.
 * @param {SetupStep} step
 * @throws Problem that names the step
 */
export async function ensure(step) {
  if (isDone(step)) return;
  const start = Date.now();
  console.error(`  ${step.name} (${step.duration}) …`);
  try {
    // Taken before the step is made: a source that changes meanwhile makes the step out of date.
    const made = step.fingerprint();
    rmSync(stampFile(step.name), { force: true });
    await step.make();
    if (!step.present()) throw new Error(`what ${step.name} should have made is not there`);
    mkdirSync(PATHS.stamps, { recursive: true });
    writeFileSync(stampFile(step.name), made);
  } catch (error) {
    throw stepProblem(step, error);
  }
  console.error(`  ${step.name}: ready after ${Math.round((Date.now() - start) / 1000)} s`);
}

/**
 * @param {SetupStep} step
 * @param {unknown} error
 */
function stepProblem(step, error) {
  const text = explainError(error);
  if (text === undefined) return error;
  return new Problem(
    [
      `Set-up stopped at: ${step.name}.`,
      text,
      'Then run the same command again: it goes on from here.',
    ].join('\n'),
  );
}

/**
 * A short digest of texts.
 * @param {readonly (string | Buffer)[]} parts
 */
export function fingerprint(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** @param {string} name */
function readStamp(name) {
  try {
    return readFileSync(stampFile(name), 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} name */
const stampFile = (name) => path.join(PATHS.stamps, name.replaceAll(' ', '-'));
