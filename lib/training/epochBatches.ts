import { randomBoxes, randomCrops, type DataLoader, type ImageDataset } from '../data';
import { Dropout, type Module } from '../nn';
import type { Batch, OtherImages } from './batchStep';
import { withDefaults, type Constants } from './constants';

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
  { epoch, constants, network }: EpochBatchesOptions,
): Batch[] {
  const { augmentation, cutMix, seed } = withDefaults(constants);
  const drops = network.modules().some((module) => module instanceof Dropout);
  const batches = loader.batches();
  return batches.map((indices, index) => {
    const own = {
      indices,
      ...(augmentation && { crops: randomCrops(indices.length, [height, width]) }),
    };
    const boxes = cutMix > 0 && randomBoxes(indices.length, [height, width], cutMix);
    return {
      ...own,
      ...(boxes && { others: { ...imagesBefore(own), boxes } }),
      ...(drops && { seed: Int32Array.of(seed, epoch * batches.length + index) }),
    };
  });
}

/** For each image of a batch the one before it, and for the first the last (`roll(1)` of torchvision's CutMix). */
function imagesBefore({ indices, crops }: Batch): Omit<OtherImages, 'boxes'> {
  const roll = <Numbers extends Int32Array | Float32Array>(all: Numbers, each: number): Numbers => {
    const rolled = all.slice() as Numbers;
    rolled.set(all.subarray(0, -each), each);
    rolled.set(all.subarray(-each), 0);
    return rolled;
  };
  return { indices: roll(indices, 1), ...(crops && { crops: roll(crops, 4) }) };
}
