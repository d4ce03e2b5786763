import { existsSync } from 'node:fs';
import * as path from 'node:path';
import type { ImageDataset, Split } from './dataset';
import { loadDirectory, type DatasetDescription, datasetFiles } from './directory';
import { downloadArchive, type Archive, type ProgressCallback } from './download';
import { downloadProgress } from './downloadProgress';
import { DATA_DIRECTORY } from './paths';

/** CIFAR-10 (Krizhevsky, 2009): 50,000 training and 10,000 test images of ten classes. */
const CIFAR10: DatasetDescription = {
  id: 'cifar10',
  name: 'CIFAR-10',
  classNames: [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck',
  ],
  files: {
    train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
    test: ['test_batch.bin'],
  },
  recordsPerFile: { train: 10_000, test: 10_000 },
};

/** The official binary version, with the checksum that its page gives. */
const CIFAR10_ARCHIVE: Archive = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  bytes: 170_052_171,
  folder: 'cifar-10-batches-bin',
};

/** Where CIFAR-10 is to be found: the folder that `CIFAR10_DIR` names, else the project's own. */
function cifar10Directory(): string {
  const named = process.env.CIFAR10_DIR;
  if (!named) return path.join(DATA_DIRECTORY, CIFAR10_ARCHIVE.folder);
  const nested = path.join(named, CIFAR10_ARCHIVE.folder);
  return existsSync(nested) ? nested : named;
}

/** Whether all of CIFAR-10's files are on disk. */
export function hasCifar10(): boolean {
  return missingFiles(cifar10Directory()).length === 0;
}

/**
 * Loads CIFAR-10, downloading it first if it is not on disk. A folder that `CIFAR10_DIR` names is
 * used as it is.
 *
 * @param samples how many images, from the start; all if left out
 * @param onProgress follows the download; a bar or lines are printed if left out
 * @throws Error that names the file or address, what is wrong and what to do
 */
export async function loadCifar10(
  split: Split,
  samples?: number,
  onProgress?: ProgressCallback,
): Promise<ImageDataset> {
  const directory = cifar10Directory();
  const missing = missingFiles(directory);
  if (missing.length > 0) {
    if (process.env.CIFAR10_DIR) {
      throw new Error(
        `CIFAR10_DIR is ${process.env.CIFAR10_DIR}, which ${whatIsWrong(directory, missing)}. Let it name the folder of CIFAR-10's binary version, or unset it to have that downloaded`,
      );
    }
    await download(onProgress);
  }
  return loadDirectory(CIFAR10, directory, split, samples);
}

async function download(onProgress?: ProgressCallback): Promise<void> {
  const files = datasetFiles(CIFAR10);
  if (onProgress) return downloadArchive(CIFAR10_ARCHIVE, DATA_DIRECTORY, files, onProgress);
  const progress = downloadProgress(CIFAR10.name);
  try {
    await downloadArchive(CIFAR10_ARCHIVE, DATA_DIRECTORY, files, progress.onProgress);
  } finally {
    progress.stop();
  }
}

function missingFiles(directory: string): string[] {
  return datasetFiles(CIFAR10).filter((file) => !existsSync(path.join(directory, file)));
}

function whatIsWrong(directory: string, missing: readonly string[]): string {
  if (!existsSync(directory)) return 'does not exist';
  const python = ['data_batch_1', 'cifar-10-batches-py'].some((name) =>
    existsSync(path.join(directory, name)),
  );
  return `lacks ${missing.join(', ')}${python ? ' (what it holds is the Python version)' : ''}`;
}
