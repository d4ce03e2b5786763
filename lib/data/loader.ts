import { defaultGenerator, Generator, randomInt64, randperm } from '../random';
import { tf } from '../runtime';
import type { ImageDataset } from './dataset';
import { ResidentDataset } from './resident';

export interface DataLoaderOptions {
  batchSize: number;
  /** Whether every epoch visits the images in another order. */
  shuffle: boolean;
  /** Where shuffles come from, as PyTorch's argument of that name; the default generator if left out. */
  generator?: Generator;
}

/**
 * The order in which an epoch visits a data set (`torch.utils.data.DataLoader`). The same seed
 * gives the same order as PyTorch's, epoch after epoch; the last batch may be smaller.
 */
export class DataLoader<Dataset extends { readonly length: number } = { readonly length: number }> {
  /** Batches in an epoch. */
  readonly length: number;

  /** @throws RangeError if the batch size is no whole number of at least 1 */
  constructor(
    private readonly dataset: Dataset,
    private readonly options: DataLoaderOptions,
  ) {
    if (!Number.isInteger(options.batchSize) || options.batchSize < 1) {
      throw new RangeError(
        `batchSize is ${options.batchSize}; it must be a whole number of at least 1`,
      );
    }
    this.length = Math.ceil(dataset.length / options.batchSize);
  }

  /**
   * One epoch: `for (const [X, y] of loader)` gives each batch's images, float32 [B, H, W, C] from 0
   * to 1, and labels, int32 (B,). They are disposed of when the next batch is asked for, or the loop
   * ends.
   */
  *[Symbol.iterator](
    this: DataLoader<ImageDataset>,
  ): Iterator<[images: tf.Tensor4D, labels: tf.Tensor1D], void> {
    const resident = new ResidentDataset(this.dataset);
    try {
      for (const indices of this.batches()) {
        const batch: [tf.Tensor4D, tf.Tensor1D] = [
          resident.images(indices),
          resident.labels(indices),
        ];
        try {
          yield batch;
        } finally {
          tf.dispose(batch);
        }
      }
    } finally {
      resident.dispose();
    }
  }

  /**
   * One epoch's batches, each the indices of its images. All of the epoch's random numbers are
   * drawn when this is called, as many as PyTorch has drawn when an epoch is over.
   */
  batches(): Int32Array[] {
    const { batchSize, shuffle, generator } = this.options;
    // The seed that the loader's iterator draws for its worker processes, whether it has any or not.
    randomInt64(generator ?? defaultGenerator);
    const order = shuffle
      ? this.shuffled()
      : Int32Array.from({ length: this.dataset.length }, (_, index) => index);
    return Array.from({ length: this.length }, (_, batch) =>
      order.subarray(batch * batchSize, (batch + 1) * batchSize),
    );
  }

  /** As RandomSampler does it. */
  private shuffled(): Int32Array {
    const { generator } = this.options;
    if (!generator) return randperm(this.dataset.length, new Generator(randomInt64()));
    const order = randperm(this.dataset.length, generator);
    // RandomSampler ends with a second permutation, of which it takes nothing.
    randperm(this.dataset.length, generator);
    return order;
  }
}
