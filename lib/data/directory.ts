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

/**
 * Loads the first `samples` images of a split (all of them, if left out) from a directory.
 * @throws RangeError if the split has fewer images
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
  const length = samples ?? files.length * perFile;
  if (!Number.isInteger(length) || length < 1 || length > files.length * perFile) {
    throw new RangeError(
      `${description.name} has ${files.length * perFile} ${split} images; samples is ${length}`,
    );
  }
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
