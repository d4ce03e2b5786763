import { writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { ImageDataset } from '../data';
import type { DataFiles } from './protocol';

/** A data set as files that every measuring process reads, whatever language it is written in. */
export interface SharedData {
  name: string;
  length: number;
  files: DataFiles;
}

/** Writes a data set's bytes as they are into `directory`. */
export async function writeData(dataset: ImageDataset, directory: string): Promise<SharedData> {
  const files = {
    images: path.join(directory, `${dataset.split}-images`),
    labels: path.join(directory, `${dataset.split}-labels`),
  };
  await writeFile(files.images, dataset.images);
  await writeFile(files.labels, dataset.labels);
  return { name: dataset.name, length: dataset.length, files };
}
