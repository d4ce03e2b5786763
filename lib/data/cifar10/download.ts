import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { isDiskFull, lockDirectory } from '../../files';
import { datasetFiles, writeDirectory } from '../directory';
import { BrokenOff, fetchFile, type Pace, type ProgressCallback } from '../fetchFile';
import { DATA_DIRECTORY } from '../paths';
import { arePublished, CIFAR10, PUBLISHED } from './description';
import { BINARY_FOLDER } from './find';
import { cifar10Sources, type Source } from './sources';

/** How long to wait for another process that is downloading (milliseconds). */
const PATIENCE = 3_600_000;

/** At first a slow server is left for another (200 kB/s); when all were tried, slow is good enough. */
const PACES: readonly Pace[] = [
  { bytes: 4e6, time: 20_000 },
  { bytes: 1, time: 60_000 },
];

/** What tests set otherwise. */
export interface DownloadSettings {
  sources: readonly Source[];
  directory: string;
  published: Readonly<Record<string, string>>;
  paces: readonly Pace[];
}

/**
 * Downloads CIFAR-10 and puts it into the project's data as the binary version, whatever came. The
 * sources are tried in turn: one that cannot be reached, is slow, breaks off, or gives something
 * else is left for the next. What has come of a file stays, also from one call to the next. Of two
 * processes the second waits for the first.
 *
 * @throws Error that names every address and what is wrong with it, and what to do
 */
export async function downloadCifar10(
  onProgress: ProgressCallback,
  {
    sources = cifar10Sources(),
    directory = DATA_DIRECTORY,
    published = PUBLISHED,
    paces = PACES,
  }: Partial<DownloadSettings> = {},
): Promise<void> {
  const target = path.join(directory, BINARY_FOLDER);
  const downloads = path.join(directory, 'cifar-10-download');
  const complete = () => datasetFiles(CIFAR10).every((file) => existsSync(path.join(target, file)));
  const release = await lockDirectory(target, {
    taken: `another process has been downloading to ${target} for an hour; stop it and try again`,
    patience: PATIENCE,
  });
  try {
    if (complete()) return;
    await withAdvice(directory, async () => {
      await mkdir(downloads, { recursive: true });
      const contents = await firstThatGives(sources, paces, downloads, published, onProgress);
      await writeDirectory(CIFAR10, target, contents);
    });
    await rm(downloads, { recursive: true });
  } finally {
    await release();
  }
}

async function firstThatGives(
  sources: readonly Source[],
  paces: readonly Pace[],
  downloads: string,
  published: Readonly<Record<string, string>>,
  onProgress: ProgressCallback,
): Promise<Buffer[]> {
  const reasons = new Map<Source, string>();
  let left = sources;
  for (const pace of paces) {
    const again: Source[] = [];
    for (const source of left) {
      try {
        return await take(source, pace, downloads, published, onProgress);
      } catch (error) {
        if (isDiskFull(error)) throw error;
        if (error instanceof BrokenOff) again.push(source);
        reasons.set(source, (error as Error).message);
        console.warn(`CIFAR-10: ${(error as Error).message}`);
      }
    }
    left = again;
  }
  throw new Error(
    `CIFAR-10 could not be downloaded: ${[...reasons.values()].join('; ')}. Check the network and try again: it goes on from what has come. Or set CIFAR10_URL to another address of the archive, or CIFAR10_DIR to a copy on disk`,
  );
}

/** Downloads the files of a source, and reads them. */
async function take(
  { base, files, form, official }: Source,
  pace: Pace,
  downloads: string,
  published: Readonly<Record<string, string>>,
  onProgress: ProgressCallback,
): Promise<Buffer[]> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const file of files) {
    const start = before;
    await fetchFile(base + file.name, file, path.join(downloads, file.name), pace, (done) => {
      onProgress(start + done, total);
    });
    before += file.bytes;
  }
  const batches = datasetFiles(CIFAR10);
  const contents = await form(downloads).read(batches);
  if (official || arePublished(batches, contents, published)) return contents;
  throw new Error(`the images from ${base} are not the published ones`);
}

async function withAdvice(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    throw new Error(
      `no space left for ${directory}: CIFAR-10 takes up to 700 MB while it is unpacked. Free some and try again; what has come is kept`,
      { cause },
    );
  }
}
