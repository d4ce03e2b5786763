import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { isDiskFull } from '../files';

/** A file as its makers publish it. */
export interface PublishedFile {
  name: string;
  bytes: number;
  algorithm: 'md5' | 'sha256';
  /** Hexadecimal. */
  checksum: string;
}

/** Bytes that have come so far, and bytes in all. */
export type ProgressCallback = (done: number, total: number) => void;

/** How much must come in how long; less is given up. */
export interface Pace {
  bytes: number;
  /** Milliseconds. */
  time: number;
}

const OK = 200;
const PARTIAL_CONTENT = 206;
const RANGE_NOT_SATISFIABLE = 416;

/**
 * Downloads a file to `target`, going on from what an earlier attempt, from this address or
 * another, left there.
 *
 * @throws BrokenOff if less came than the pace demands, or than the file has
 * @throws Error that names the address and what is wrong; the system's own for a full disk
 */
export async function fetchFile(
  url: string,
  published: PublishedFile,
  target: string,
  pace: Pace,
  onProgress: ProgressCallback,
): Promise<void> {
  let have = await sizeOf(target);
  if (have > published.bytes) {
    await rm(target);
    have = 0;
  }
  if (have < published.bytes) await fetchRest(url, published, target, have, pace, onProgress);
  const checksum = await checksumOf(target, published.algorithm);
  if (checksum === published.checksum) return;

  await rm(target);
  // What an earlier attempt left behind may be to blame; without it, the server is.
  if (have > 0) return fetchFile(url, published, target, pace, onProgress);
  throw new Error(
    `what came from ${url} has the ${published.algorithm} checksum ${checksum}, not the published ${published.checksum}; it was deleted`,
  );
}

async function fetchRest(
  url: string,
  { bytes }: PublishedFile,
  target: string,
  have: number,
  pace: Pace,
  onProgress: ProgressCallback,
): Promise<void> {
  const watch = watchPace(pace);
  let done = have;
  try {
    const { body, start } = await request(url, bytes, have, watch.signal);
    done = start;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        done += chunk.length;
        watch.came(chunk.length);
        if (done > bytes) {
          callback(new Error('more came than the file has'));
          return;
        }
        onProgress(done, bytes);
        callback(null, chunk);
      },
    });
    const file = createWriteStream(target, { flags: start > 0 ? 'a' : 'w' });
    await pipeline(Readable.fromWeb(body), count, file, { signal: watch.signal });
    if (done < bytes) throw new Error('the server ended it');
  } catch (cause) {
    if (isDiskFull(cause) || cause instanceof Refusal) throw cause;
    const { message } = (watch.signal.aborted ? watch.signal.reason : cause) as Error;
    throw new BrokenOff(
      `the download of ${url} broke off after ${done} of ${bytes} bytes (${message})`,
      { cause },
    );
  } finally {
    watch.stop();
  }
}

/** Gives a signal when less than the pace demands has come. */
function watchPace({ bytes, time }: Pace) {
  const controller = new AbortController();
  let came = 0;
  const timer = setInterval(() => {
    if (came < bytes) {
      controller.abort(new Error(`${came} bytes came in ${time / 1000} seconds`));
    }
    came = 0;
  }, time);
  return {
    signal: controller.signal,
    came(count: number) {
      came += count;
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** What came was slow, or not all; it is kept, and another attempt may go on from it. */
export class BrokenOff extends Error {}

/** The server cannot be reached or gives something else; its message says all. */
class Refusal extends Error {}

function proxied(): boolean {
  const { HTTPS_PROXY, https_proxy } = process.env;
  return process.env.NODE_USE_ENV_PROXY !== '1' && Boolean(HTTPS_PROXY ?? https_proxy);
}

/** Asks for the file from byte `have` on; the answer may begin at the start nevertheless. */
async function request(
  url: string,
  bytes: number,
  have: number,
  signal: AbortSignal,
): Promise<{ body: ReadableStream; start: number }> {
  const response = await fetch(url, {
    signal,
    // fetch would unpack what a server marks as packed on the way, and the checksum would not fit.
    headers: { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) },
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    const reason = (cause as { cause?: Error }).cause?.message ?? (cause as Error).message;
    throw new Refusal(
      `${url} cannot be reached (${reason})${proxied() ? '. A proxy is set, which Node does not use by itself: from versions 22.21 and 24 on with NODE_USE_ENV_PROXY=1' : ''}`,
      { cause },
    );
  });
  const { status, statusText, headers } = response;
  const body = response.body as ReadableStream | null;
  const range = `bytes ${have}-${bytes - 1}/${bytes}`;
  if (have > 0 && status === PARTIAL_CONTENT && body && headers.get('content-range') === range) {
    return { body, start: have };
  }
  if (have > 0 && (status === PARTIAL_CONTENT || status === RANGE_NOT_SATISFIABLE)) {
    // The file on the server is no longer the one that the first bytes came from.
    await body?.cancel();
    return request(url, bytes, 0, signal);
  }
  if (status !== OK || !body) {
    await body?.cancel();
    throw new Refusal(`${url} answered ${status} ${statusText}`);
  }
  // Seen before anything is overwritten: the page of a hotel's network must not cost what has come.
  const length = headers.get('content-length') ?? bytes;
  if (Number(length) !== bytes) {
    await body.cancel();
    throw new Refusal(
      `${url} sends ${length} bytes, not the published ${bytes}: it is another file, or something between here and there answers in its place`,
    );
  }
  return { body, start: 0 };
}

async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

async function checksumOf(file: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
