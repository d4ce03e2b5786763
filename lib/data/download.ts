import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { lock } from 'proper-lockfile';
import { extract } from 'tar';

/** An archive (.tar.gz) that holds one folder of files. */
export interface Archive {
  url: string;
  /** Published checksum, hexadecimal. */
  md5: string;
  bytes: number;
  /** The folder that the archive holds. */
  folder: string;
}

/** Bytes that have come so far, and bytes in all. */
export type ProgressCallback = (done: number, total: number) => void;

/** Another process's lock counts as left behind after this long without a sign of life (milliseconds). */
const STALE = 10_000;
/** How long to wait for another process that is downloading the same archive (seconds). */
const PATIENCE = 3600;

/**
 * Downloads an archive and unpacks its folder into `directory`. A broken download goes on where it
 * stopped; the folder appears when it is whole. Of two processes the second waits for the first.
 *
 * @param files those that the folder must hold
 * @throws Error that names the address or the file, what is wrong and what to do
 */
export async function downloadArchive(
  archive: Archive,
  directory: string,
  files: readonly string[],
  onProgress: ProgressCallback = () => undefined,
): Promise<void> {
  const target = path.join(directory, archive.folder);
  const complete = () => files.every((file) => existsSync(path.join(target, file)));
  await mkdir(directory, { recursive: true });
  const release = await lock(target, {
    realpath: false,
    stale: STALE,
    retries: { retries: PATIENCE, factor: 1, minTimeout: 1000 },
  });
  try {
    if (complete()) return;
    const packed = path.join(directory, `${path.basename(new URL(archive.url).pathname)}.part`);
    await withAdvice(directory, () => fetchWhole(archive, packed, onProgress));
    await withAdvice(directory, () => unpack(packed, archive, directory, target));
    if (!complete()) throw new Error(`${archive.url} did not hold ${files.join(', ')}`);
    await rm(packed);
  } finally {
    await release();
  }
}

async function fetchWhole(
  archive: Archive,
  packed: string,
  onProgress: ProgressCallback,
): Promise<void> {
  const have = (await sizeOf(packed)) ?? 0;
  if (have < archive.bytes) await fetchRest(archive, packed, have, onProgress);
  const checksum = await md5(packed);
  if (checksum !== archive.md5) {
    await rm(packed);
    throw new Error(
      `what came from ${archive.url} has the MD5 checksum ${checksum}, not the published ${archive.md5}. It was deleted; try again`,
    );
  }
}

async function fetchRest(
  archive: Archive,
  packed: string,
  have: number,
  onProgress: ProgressCallback,
): Promise<void> {
  const response = await fetch(
    archive.url,
    have > 0 ? { headers: { range: `bytes=${have}-` } } : {},
  ).catch((cause: unknown) => {
    const reason = (cause as { cause?: Error }).cause?.message ?? (cause as Error).message;
    throw new Error(
      `${archive.url} cannot be reached (${reason}). Check the network and try again, or set CIFAR10_DIR to a copy of the unpacked folder`,
      { cause },
    );
  });
  if (!response.ok || !response.body) {
    throw new Error(
      `${archive.url} answered ${response.status} ${response.statusText}. Try again later, or set CIFAR10_DIR to a copy of the unpacked folder`,
    );
  }
  // A server that knows no ranges sends the whole from the start.
  const resumed = response.status === 206;
  let done = resumed ? have : 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      done += chunk.length;
      onProgress(done, archive.bytes);
      callback(null, chunk);
    },
  });
  try {
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream),
      count,
      createWriteStream(packed, { flags: resumed ? 'a' : 'w' }),
    );
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw cause;
    throw new Error(
      `the download of ${archive.url} broke off after ${done} of ${archive.bytes} bytes (${(cause as Error).message}). Try again: it goes on from there`,
      { cause },
    );
  }
}

/** Unpacks into a folder of its own and moves that into place when it is whole. */
async function unpack(
  packed: string,
  archive: Archive,
  directory: string,
  target: string,
): Promise<void> {
  const temporary = await mkdtemp(path.join(directory, '.unpacking-'));
  try {
    // tar refuses paths that leave the folder; links and the like have no place in this archive.
    await extract({
      file: packed,
      cwd: temporary,
      strict: true,
      filter: (_, entry) =>
        'type' in entry && ['File', 'OldFile', 'Directory'].includes(entry.type),
    });
    await rm(target, { recursive: true, force: true });
    await rename(path.join(temporary, archive.folder), target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function withAdvice<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new Error(
      `no space left for ${directory}: CIFAR-10 takes 350 MB while it is unpacked. Free some and try again; what has come is kept`,
      { cause },
    );
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return existsSync(file) ? (await stat(file)).size : undefined;
}

async function md5(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
