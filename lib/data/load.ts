import { findCifar10, loadCifar10 } from './cifar10/load';
import type { ImageDataset, Split } from './dataset';
import { loadGenerated } from './generated';

/** `auto`: CIFAR-10 where it is on disk, in whatever form, else the generated set. */
export type DatasetName = 'auto' | 'cifar10' | 'generated';

export interface LoadOptions {
  name: DatasetName;
  split: Split;
  /** Use the first so many images, or all that the generated set has. All, if left out. */
  samples?: number;
}

/**
 * Loads the lecture's data set, or what stands in for it. Only `cifar10` ever downloads, and shows
 * how far it has come.
 * @throws Error that names the file or address, what is wrong and what to do
 */
export async function loadDataset({ name, split, samples }: LoadOptions): Promise<ImageDataset> {
  if (name === 'cifar10') return loadCifar10(split, samples);
  const found = name === 'auto' ? await findCifar10(split, samples) : undefined;
  return found ?? loadGenerated(split, samples);
}
