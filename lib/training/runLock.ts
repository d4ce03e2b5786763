import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { lock } from 'proper-lockfile';
import { unwritable } from '../files';

/** A killed run's lock counts as left behind after this long (milliseconds). */
const STALE = 10_000;

/**
 * Keeps the run directory to this process until the returned function is called. Waits for a
 * run that is just ending, and for the lock of one that was killed to expire.
 *
 * @throws Error if another process trains in the directory, or if it cannot be written to
 */
export async function lockRun(directory: string): Promise<() => Promise<void>> {
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
    throw new Error(
      `another process is training in ${directory}; wait for it, stop it, or choose another directory`,
      { cause },
    );
  }
}
