// @ts-check
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * One part of set-up. It is done when its stamp holds the fingerprint of what it depends on and
 * what it makes is there; a step that was killed has no stamp and is made again.
 * @typedef {object} Step
 * @property {string} name in the user's words: "npm packages"
 * @property {string} duration what a first run takes, in the user's words
 * @property {() => string} fingerprint of all that the result depends on
 * @property {() => boolean} present whether what the step makes is there
 * @property {() => Promise<void>} make
 */

/** @param {Step} step */
export function isDone(step) {
  return step.present() && readStamp(step.name) === step.fingerprint();
}

/**
 * Makes a step unless it is done.
 * @param {Step} step
 * @returns {Promise<boolean>} whether there was something to do
 * @throws Problem that names the step
 */
export async function ensure(step) {
  if (isDone(step)) return false;
  const start = Date.now();
  console.log(`  ${step.name} (${step.duration}) …`);
  rmSync(stampFile(step.name), { force: true });
  try {
    await step.make();
  } catch (error) {
    if (error instanceof Problem)
      throw new Problem(
        `Set-up stopped at: ${step.name}.\n${error.message}\nRun the same command again: it goes on from here.`,
      );
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOSPC') {
      throw new Problem(
        `Set-up stopped at: ${step.name}.\nNo space is left on the disk: it takes about 3 GB. Free some and run the same command again.`,
      );
    }
    if (
      ['EACCES', 'EROFS', 'EPERM'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')
    ) {
      throw new Problem(
        `Set-up stopped at: ${step.name}.\n${/** @type {Error} */ (error).message}\nThe project's folder must be writable: move it to one of yours.`,
      );
    }
    throw error;
  }
  mkdirSync(PATHS.stamps, { recursive: true });
  writeFileSync(stampFile(step.name), step.fingerprint());
  console.log(`  ${step.name}: ready after ${Math.round((Date.now() - start) / 1000)} s`);
  return true;
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
