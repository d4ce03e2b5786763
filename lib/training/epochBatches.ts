import { randomCrops, type DataLoader, type ImageDataset } from '../data';
import { Dropout, type Module } from '../nn';
import type { Batch } from './batchStep';
import type { Constants } from './constants';

/** What an epoch's batches are drawn for. */
export interface EpochBatchesOptions {
  /** Counted from 0. */
  epoch: number;
  constants: Constants;
  /** What is trained; dropout in it needs seeds. */
  network: Module;
}

/**
 * The batches of an epoch, with what is taken of their images where they are augmented. All of the
 * epoch's random numbers are drawn here in PyTorch's order: the loader's, then the images'. Dropout's
 * masks are not PyTorch's: they are a function of the run's seed and the number of the step.
 */
export function epochBatches(
  loader: DataLoader,
  { imageShape: [height, width] }: ImageDataset,
  { epoch, constants: { augmentation, seed }, network }: EpochBatchesOptions,
): Batch[] {
  const drops = network.modules().some((module) => module instanceof Dropout);
  const batches = loader.batches();
  return batches.map((indices, index) => ({
    indices,
    ...(augmentation && { crops: randomCrops(indices.length, [height, width]) }),
    ...(drops && { seed: Int32Array.of(seed, epoch * batches.length + index) }),
  }));
}
