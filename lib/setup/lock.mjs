// @ts-check
import { mkdirSync, openSync, readFileSync, rmSync, writeSync, closeSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';

const FILE = path.join(PATHS.cache, 'setup.lock');
const PATIENCE = 30 * 60;

/**
 * Runs `work` while no other set-up of this project runs; waits for one that does. The lock of a
 * process that was killed does not count. (npm's lock libraries are not installed yet.)
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(work) {
  mkdirSync(PATHS.cache, { recursive: true });
  for (let waited = 0; !take(); waited++) {
    if (waited === 0) console.log('  another set-up of this project is running; waiting for it …');
    if (waited > PATIENCE)
      throw new Problem(
        `Another set-up has been running for half an hour. If there is none, delete ${FILE}.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  try {
    return await work();
  } finally {
    rmSync(FILE, { force: true });
  }
}

function take() {
  try {
    const file = openSync(FILE, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  if (!holderLives()) rmSync(FILE, { force: true });
  return false;
}

function holderLives() {
  try {
    process.kill(Number(readFileSync(FILE, 'utf8')), 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
