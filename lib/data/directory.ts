import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { ImageDataset, Split } from './dataset';
import { CHANNELS, readRecords, SIDE } from './binaryLayout';

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
  const files = description.files[split];
  const perFile = description.recordsPerFile[split];
  const available = files.length * perFile;
  const length = samples ?? available;
  if (!Number.isInteger(length) || length < 1 || length > available) {
    throw new RangeError(
      `${description.name} has ${available} ${split} images; samples is ${length}`,
    );
  }
  await checkClassNames(description, directory);
  const images = new Uint8Array(length * SIDE * SIDE * CHANNELS);
  const labels = new Uint8Array(length);
  for (let start = 0; start < length; start += perFile) {
    const file = path.join(directory, files[start / perFile] as string);
    const count = Math.min(perFile, length - start);
    const records = await readRecords(file, count, perFile, description.classNames.length);
    images.set(records.images, start * SIDE * SIDE * CHANNELS);
    labels.set(records.labels, start);
  }
  const { id, name, classNames } = description;
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
