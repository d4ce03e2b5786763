import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { ImageDataset, Split } from './dataset';
import { CHANNELS, decodeRecords, SIDE } from './binaryLayout';

/** A data set in CIFAR-10's binary layout. */
export interface DatasetDescription {
  id: string;
  name: string;
  classNames: readonly string[];
  files: Readonly<Record<Split, readonly string[]>>;
  recordsPerFile: Readonly<Record<Split, number>>;
}

/** Every file that a data set's directory must hold. */
export function datasetFiles({ files }: DatasetDescription): string[] {
  return [...files.train, ...files.test];
}

/** The file that names the classes, one a line. */
export const CLASS_NAMES_FILE = 'batches.meta.txt';

/**
 * Loads the first `samples` images of a split (all of them, if left out) from a directory.
 *
 * @throws RangeError if the split has fewer images, or `samples` is no whole number of at least 1
 * @throws Error that names the file, what is wrong with it and what to do
 */
export async function loadDirectory(
  description: DatasetDescription,
  directory: string,
  split: Split,
  samples?: number,
): Promise<ImageDataset> {
  const files = filesOfSamples(description, split, samples);
  const contents = await readDirectory(description, directory, files);
  return decodeSplit(description, split, samples, contents, directory);
}

/**
 * The files that hold the first `samples` images of a split.
 * @throws RangeError if the split has fewer images, or `samples` is no whole number of at least 1
 */
export function filesOfSamples(
  { name, files, recordsPerFile }: DatasetDescription,
  split: Split,
  samples?: number,
): readonly string[] {
  const available = files[split].length * recordsPerFile[split];
  const length = samples ?? available;
  if (!Number.isInteger(length) || length < 1 || length > available) {
    throw new RangeError(`${name} has ${available} ${split} images; samples is ${length}`);
  }
  return files[split].slice(0, Math.ceil(length / recordsPerFile[split]));
}

/**
 * What files of a directory hold.
 * @throws Error that names a file that cannot be read, or whose classes are another data set's
 */
export async function readDirectory(
  description: DatasetDescription,
  directory: string,
  files: readonly string[],
): Promise<Buffer[]> {
  await checkClassNames(description, directory);
  return Promise.all(files.map((file) => readNamed(path.join(directory, file))));
}

/**
 * Writes a data set's files into a folder of its own, `<directory>.making`, and moves them into place
 * when all are whole. Whoever calls it holds the directory's lock.
 *
 * @param contents of the files that {@link datasetFiles} names
 * @param texts of other files, by their names
 */
export async function writeDirectory(
  description: DatasetDescription,
  directory: string,
  contents: readonly Buffer[],
  texts: Readonly<Record<string, string>> = {},
): Promise<void> {
  const making = `${directory}.making`;
  // Images last: where they are, the set is whole.
  const files = Object.entries<string | Buffer>({
    ...texts,
    [CLASS_NAMES_FILE]: [...description.classNames, ''].join('\n'),
    ...Object.fromEntries(
      datasetFiles(description).map((name, i) => [name, contents[i] as Buffer]),
    ),
  });
  // Of a process that was killed.
  await rm(making, { recursive: true, force: true });
  await mkdir(making);
  try {
    for (const [name, content] of files) {
      // On the disk before its name says that it is there: the power may go.
      await writeFile(path.join(making, name), content, { flush: true });
    }
    await mkdir(directory, { recursive: true });
    for (const [name] of files) {
      await rename(path.join(making, name), path.join(directory, name));
    }
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Reads a file. @throws Error that names it */
export async function readNamed(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  });
}

/**
 * Puts together the first `samples` images of a split.
 *
 * @param contents of the files that {@link filesOfSamples} names
 * @param location of the files, for messages
 * @throws Error that names the file, what is wrong with it and what to do
 */
export function decodeSplit(
  { id, name, classNames, files, recordsPerFile }: DatasetDescription,
  split: Split,
  samples: number | undefined,
  contents: readonly Buffer[],
  location: string,
): ImageDataset {
  const perFile = recordsPerFile[split];
  const length = samples ?? contents.length * perFile;
  const images = new Uint8Array(length * SIDE * SIDE * CHANNELS);
  const labels = new Uint8Array(length);
  for (const [index, bytes] of contents.entries()) {
    const start = index * perFile;
    const file = path.join(location, files[split][index] as string);
    const count = Math.min(perFile, length - start);
    const records = decodeRecords(bytes, count, perFile, classNames.length, file);
    images.set(records.images, start * SIDE * SIDE * CHANNELS);
    labels.set(records.labels, start);
  }
  return {
    id,
    name,
    split,
    classNames,
    images,
    labels,
    length,
    imageShape: [SIDE, SIDE, CHANNELS],
  };
}

/** Another data set of the same layout must not go under this one's name. */
async function checkClassNames(
  { name, classNames }: DatasetDescription,
  directory: string,
): Promise<void> {
  const file = path.join(directory, CLASS_NAMES_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    // A copy without it is as good.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  const found = text?.split(/\s+/).filter((word) => word !== '');
  if (found && found.join() !== classNames.join()) {
    throw new Error(
      `${file} names the classes ${found.join(', ')}; those of ${name} are ${classNames.join(', ')}. This is another data set, or the file is damaged: get it again`,
    );
  }
}
