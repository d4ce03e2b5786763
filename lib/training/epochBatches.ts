import { randomCrops, type DataLoader, type ImageDataset } from '../data';
import type { Batch } from './batchStep';

/**
 * The batches of the next epoch, with what is taken of their images where they are augmented. All of
 * the epoch's random numbers are drawn here, in PyTorch's order: the loader's, then the images'.
 */
export function epochBatches(
  loader: DataLoader,
  { imageShape: [height, width] }: ImageDataset,
  augmentation: boolean,
): Batch[] {
  const batches = loader.batches().map((indices): Batch => ({ indices }));
  if (!augmentation) return batches;
  return batches.map((batch) => ({
    ...batch,
    crops: randomCrops(batch.indices.length, [height, width]),
  }));
}
