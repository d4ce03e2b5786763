import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { lock } from 'proper-lockfile';
import { unwritable } from './unwritable';

/** A killed process's lock counts as left behind after this long (milliseconds). */
const STALE = 10_000;

/**
 * Keeps the directory, which need not be there yet, to this process until the returned function is
 * called. Waits for a process that is just ending, and for the lock of one that was killed to
 * expire.
 *
 * @param taken the error's message where another process keeps the directory
 * @throws Error if another process keeps the directory, or if it cannot be written to
 */
export async function lockDirectory(
  directory: string,
  taken: string,
): Promise<() => Promise<void>> {
  try {
    // The lock stands beside the directory, not in it, so that the directory can be moved aside.
    await mkdir(path.dirname(directory), { recursive: true });
    return await lock(directory, {
      realpath: false,
      stale: STALE,
      // A computer that slept past STALE has not lost the run that goes on when it wakes.
      onCompromised: () => undefined,
      retries: { retries: 12, minTimeout: 1000, maxTimeout: 1000 },
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ELOCKED') throw unwritable(directory, cause);
    throw new Error(taken, { cause });
  }
}
