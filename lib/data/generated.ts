import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { lockDirectory } from '../files';
import { encodeRecords } from './binaryLayout';
import type { ImageDataset, Split } from './dataset';
import { datasetFiles, loadDirectory, writeDirectory, type DatasetDescription } from './directory';
import { generateRecords, VERSION } from './drawShapes';
import { DATA_DIRECTORY } from './paths';
import { SHAPES } from './shapes';

/**
 * A data set for machines without CIFAR-10: coloured shapes of ten classes on coloured grounds.
 * Position, size and angle say nothing of the class and colour only a little, so that it takes the
 * outline to tell. A quarter of the training images have the label of another class: who learns
 * those by heart gets more of the test images, whose labels are right, wrong.
 */
export const GENERATED: DatasetDescription = {
  id: 'generated',
  name: 'Generated shapes (not CIFAR-10)',
  classNames: Object.keys(SHAPES),
  files: { train: ['data_batch_1.bin'], test: ['test_batch.bin'] },
  recordsPerFile: { train: 5000, test: 1000 },
};

/** How long to wait for another process that is making the set, which takes seconds (milliseconds). */
const PATIENCE = 600_000;

const SEEDS: Readonly<Record<Split, number>> = { train: 1, test: 2 };

const MISLABELLED: Readonly<Record<Split, number>> = { train: 0.25, test: 0 };

/**
 * Loads the generated set; makes it first where it is not on disk.
 *
 * @param samples at most so many images, from the start; all if left out
 * @throws Error that names the folder or file, what is wrong and what to do
 */
export async function loadGenerated(split: Split, samples = Infinity): Promise<ImageDataset> {
  const directory = path.join(DATA_DIRECTORY, `generated-shapes-${VERSION}`);
  if (!isComplete(directory)) await writeGenerated(directory, GENERATED.recordsPerFile);
  return loadDirectory(
    GENERATED,
    directory,
    split,
    Math.min(samples, GENERATED.recordsPerFile[split]),
  );
}

/**
 * Writes a set of so many images a split in CIFAR-10's binary layout, unless all of its files are
 * there. They appear when they are whole. Of two processes the second waits for the first.
 *
 * @throws Error if the folder cannot be written
 */
export async function writeGenerated(
  directory: string,
  counts: Readonly<Record<Split, number>>,
): Promise<void> {
  const release = await lockDirectory(directory, {
    taken: `another process has been making ${directory} for ten minutes; stop it and try again`,
    patience: PATIENCE,
  });
  try {
    if (isComplete(directory)) return;
    const contents = (['train', 'test'] as const).map((split) =>
      encodeRecords(generateRecords(counts[split], SEEDS[split], MISLABELLED[split])),
    );
    await withAdvice(directory, () =>
      writeDirectory(GENERATED, directory, contents, { 'README.txt': `${GENERATED.name}\n` }),
    );
  } finally {
    await release();
  }
}

function isComplete(directory: string): boolean {
  return datasetFiles(GENERATED).every((file) => existsSync(path.join(directory, file)));
}

/** Room and permission are the advice for an error of the system; others say what to do themselves. */
async function withAdvice(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw new Error(
      `${GENERATED.name}, 19 MB, could not be written to ${directory}: ${(cause as Error).message}. See that there is room and that the folder may be written to, and try again`,
      { cause },
    );
  }
}
