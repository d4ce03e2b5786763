import { randomCrops, type DataLoader, type ImageDataset } from '../data';
import { Dropout, type Module } from '../nn';
import { randint } from '../random';
import type { Batch } from './batchStep';

/** What an epoch's random numbers are drawn for. */
export interface EpochBatchesOptions {
  /** Whether images are shifted and mirrored. */
  augmentation: boolean;
  /** What is trained; dropout in it needs seeds. */
  network: Module;
}

/** Seeds are drawn below this bound. */
const SEEDS = 2 ** 27;

/**
 * The batches of the next epoch, with what is taken of their images where they are augmented. All of
 * the epoch's random numbers are drawn here: PyTorch's in its order, the loader's, then the images';
 * then seeds for dropout, whose masks are not PyTorch's.
 */
export function epochBatches(
  loader: DataLoader,
  { imageShape: [height, width] }: ImageDataset,
  { augmentation, network }: EpochBatchesOptions,
): Batch[] {
  const batches = loader.batches();
  const crops = augmentation
    ? batches.map(({ length }) => randomCrops(length, [height, width]))
    : [];
  const seeds = network.modules().some((module) => module instanceof Dropout)
    ? batches.map(() => randint(0, SEEDS, 2))
    : [];
  return batches.map((indices, index) => ({
    indices,
    ...(crops[index] && { crops: crops[index] }),
    ...(seeds[index] && { seed: seeds[index] }),
  }));
}
