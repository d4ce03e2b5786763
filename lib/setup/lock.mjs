// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import * as path from 'node:path';
import { projectEnvironment } from './environment.mjs';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * The lock is the operating system's (flock) on this file. Node has no call for it, Python has; and
 * since it belongs to the open file and not to a process, Python takes it on the file that Node
 * opened and leaves. It ends when the last process that has the file open ends: a set-up that was
 * killed leaves nothing to clear away, and while a program that it started still writes, the next
 * set-up waits.
 */
const FILE = path.join(PATHS.cache, 'setup.lock');

const TAKEN = 75;
const FLOCK = `
import fcntl, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
try:
    fcntl.flock(3, fcntl.LOCK_EX | (fcntl.LOCK_NB if "--try" in sys.argv else 0))
except BlockingIOError:
    sys.exit(${TAKEN})
except OSError:
    pass  # a file system without locks
`;

/** @type {number | undefined} */
let held;

/** The lock's open file, to be handed on to programs that write for set-up. */
export function lockDescriptor() {
  return held;
}

/**
 * Runs `work` while no other set-up of this project runs; waits for one that does.
 * @template T
 * @param {string} python
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(python, work) {
  mkdirSync(path.dirname(FILE), { recursive: true });
  const file = openSync(FILE, 'a');
  try {
    if (!(await flock(python, file, ['--try']))) {
      console.error('Another set-up of this project is running; waiting for it …');
      await flock(python, file, []);
    }
    held = file;
    return await work();
  } finally {
    held = undefined;
    closeSync(file);
  }
}

/**
 * @param {string} python
 * @param {number} file
 * @param {string[]} args
 * @returns {Promise<boolean>} whether the lock is taken for this process; not where it is another's
 */
function flock(python, file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', FLOCK, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', file],
      env: projectEnvironment(),
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 || code === TAKEN) resolve(code === 0);
      else reject(new Problem(`${python} ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}
