import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { extract } from 'tar';
import { lockDirectory } from '../files';

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

/** How long to wait for another process that is downloading the same archive (milliseconds). */
const PATIENCE = 3_600_000;

const OK = 200;
const PARTIAL_CONTENT = 206;
const RANGE_NOT_SATISFIABLE = 416;

const WAY_OUT = 'or set CIFAR10_DIR to a copy of the unpacked folder';

/**
 * Downloads an archive and unpacks its folder into `directory`. A broken download goes on where it
 * stopped; a file appears in the folder when it is whole. Of two processes the second waits for
 * the first.
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
  const release = await lockDirectory(target, {
    taken: `another process has been downloading to ${target} for an hour; stop it and try again`,
    patience: PATIENCE,
  });
  try {
    if (complete()) return;
    const packed = path.join(directory, `${path.basename(new URL(archive.url).pathname)}.part`);
    await withAdvice(directory, async () => {
      await fetchWhole(archive, packed, onProgress);
      await unpack(packed, archive, `${target}.unpacking`, target);
    });
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
  let have = await sizeOf(packed);
  if (have > archive.bytes) {
    await rm(packed);
    have = 0;
  }
  if (have < archive.bytes) await fetchRest(archive, packed, have, onProgress);
  const checksum = await md5(packed);
  if (checksum === archive.md5) return;

  await rm(packed);
  // What an earlier attempt left behind may be to blame; without it, the server is.
  if (have > 0) return fetchWhole(archive, packed, onProgress);
  throw new Error(
    `what came from ${archive.url} has the MD5 checksum ${checksum}, not the published ${archive.md5}. It was deleted; try again, ${WAY_OUT}`,
  );
}

async function fetchRest(
  archive: Archive,
  packed: string,
  have: number,
  onProgress: ProgressCallback,
): Promise<void> {
  const { body, start } = await request(archive, have);
  let done = start;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      done += chunk.length;
      if (done > archive.bytes) {
        callback(new Error('more came than the archive has'));
        return;
      }
      onProgress(done, archive.bytes);
      callback(null, chunk);
    },
  });
  try {
    await pipeline(
      Readable.fromWeb(body),
      count,
      createWriteStream(packed, { flags: start > 0 ? 'a' : 'w' }),
    );
    if (done < archive.bytes) throw new Error('the server ended it');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw cause;
    throw new Error(
      `the download of ${archive.url} broke off after ${done} of ${archive.bytes} bytes (${(cause as Error).message}). Try again: it goes on from there`,
      { cause },
    );
  }
}

function proxied(): boolean {
  const { HTTPS_PROXY, https_proxy } = process.env;
  return process.env.NODE_USE_ENV_PROXY !== '1' && Boolean(HTTPS_PROXY ?? https_proxy);
}

/** Asks for the archive from byte `have` on; the answer may begin at the start nevertheless. */
async function request(
  archive: Archive,
  have: number,
): Promise<{ body: ReadableStream; start: number }> {
  const response = await fetch(archive.url, {
    // fetch would unpack what a server marks as packed on the way, and the checksum would not fit.
    headers: { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) },
  }).catch((cause: unknown) => {
    const reason = (cause as { cause?: Error }).cause?.message ?? (cause as Error).message;
    throw new Error(
      `${archive.url} cannot be reached (${reason}). ${proxied() ? 'A proxy is set, which Node does not use by itself: from version 24 on with NODE_USE_ENV_PROXY=1' : 'Check the network'} and try again, ${WAY_OUT}`,
      { cause },
    );
  });
  const { status, statusText, headers } = response;
  const body = response.body as ReadableStream | null;
  const range = `bytes ${have}-${archive.bytes - 1}/${archive.bytes}`;
  if (have > 0 && status === PARTIAL_CONTENT && body && headers.get('content-range') === range) {
    return { body, start: have };
  }
  if (have > 0 && (status === PARTIAL_CONTENT || status === RANGE_NOT_SATISFIABLE)) {
    // The file on the server is no longer the one that the first bytes came from.
    await body?.cancel();
    return request(archive, 0);
  }
  if (status !== OK || !body) {
    await body?.cancel();
    throw new Error(`${archive.url} answered ${status} ${statusText}. Try again later, ${WAY_OUT}`);
  }
  // Seen before anything is overwritten: the page of a hotel's network must not cost what has come.
  const length = headers.get('content-length') ?? archive.bytes;
  if (Number(length) !== archive.bytes) {
    await body.cancel();
    throw new Error(
      `${archive.url} sends ${length} bytes, not the published ${archive.bytes}: it is another file, or something between here and there answers in its place. Try again on another network, ${WAY_OUT}`,
    );
  }
  return { body, start: 0 };
}

/** Unpacks into a folder of its own and moves the files into place when all are whole. */
async function unpack(
  packed: string,
  archive: Archive,
  temporary: string,
  target: string,
): Promise<void> {
  // Of a process that was killed; nobody else is here, for this one holds the lock.
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  try {
    const refused: string[] = [];
    // tar itself refuses paths that leave the folder.
    await extract({
      file: packed,
      cwd: temporary,
      strict: true,
      filter: (name, entry) => {
        const plain = 'type' in entry && ['File', 'OldFile', 'Directory'].includes(entry.type);
        if (!plain) refused.push(name);
        return plain;
      },
    });
    if (refused.length > 0) {
      throw new Error(
        `${archive.url} holds ${refused.join(', ')}, neither file nor folder. Nothing of it was taken over`,
      );
    }
    const unpacked = path.join(temporary, archive.folder);
    if (!existsSync(unpacked)) throw new Error(`${archive.url} did not hold ${archive.folder}`);
    await mkdir(target, { recursive: true });
    for (const name of await readdir(unpacked)) {
      await rename(path.join(unpacked, name), path.join(target, name));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function withAdvice(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new Error(
      `no space left for ${directory}: CIFAR-10 takes 350 MB while it is unpacked. Free some and try again; what has come is kept`,
      { cause },
    );
  }
}

async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

async function md5(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
