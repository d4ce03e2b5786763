import { mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import koffi from 'koffi';
import { clearPartials } from './partial';
import { unwritable } from './unwritable';

/**
 * The operating system's lock on an open file. Node has no call for it. It ends with the process,
 * however that ends, and holds however long the process is too busy to give a sign of life: a
 * training step that runs op by op keeps the event loop to itself for minutes on a slow machine.
 */
const flock = koffi.load(null).func('int flock(int fd, int operation)') as (
  fd: number,
  operation: number,
) => number;

/** LOCK_EX | LOCK_NB (sys/file.h, the same on Linux and macOS): for this file alone, or not at all. */
const EXCLUSIVE_NOW = 2 | 4;

/** Milliseconds between two attempts. */
const INTERVAL = 100;

export interface LockOptions {
  /** The error's message where another process keeps the directory. */
  taken: string;
  /** Milliseconds to wait for it; by default as long as one takes that is just ending. */
  patience?: number;
}

/**
 * Keeps the directory, which need not be there yet, to the caller until the returned function is
 * called, or the process ends. What an earlier holder that was killed had not finished writing in
 * it is removed.
 *
 * @throws Error if another caller keeps the directory, or if it cannot be written to
 */
export async function lockDirectory(
  directory: string,
  { taken, patience = 2000 }: LockOptions,
): Promise<() => Promise<void>> {
  // The lock stands beside the directory, not in it, so that the directory can be moved aside.
  const file = `${path.resolve(directory)}.lock`;
  const deadline = performance.now() + patience;
  for (;;) {
    const handle = await openLock(file);
    if (tryLock(handle)) {
      if (await isAt(handle, file)) {
        await clearPartials(directory);
        return () => release(handle, file);
      }
      // Its last holder has removed it: whoever comes next makes another.
      await handle.close();
      continue;
    }
    await handle.close();
    if (performance.now() >= deadline) throw new Error(taken);
    await delay(INTERVAL);
  }
}

async function openLock(file: string): Promise<FileHandle> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    return await open(file, 'a');
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** Whether the file is the caller's now. */
function tryLock({ fd }: FileHandle): boolean {
  // A file system that knows no locks answers with another error: there is nothing to wait for.
  return flock(fd, EXCLUSIVE_NOW) === 0 || koffi.errno() !== koffi.os.errno.EWOULDBLOCK;
}

async function isAt(handle: FileHandle, file: string): Promise<boolean> {
  const [opened, named] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
  return opened.ino === named?.ino;
}

async function release(handle: FileHandle, file: string): Promise<void> {
  // Before it is let go, so that nobody else's is removed.
  await rm(file, { force: true });
  await handle.close();
}
