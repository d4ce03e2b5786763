import { defaultGenerator, Generator, randomInt64, randperm } from '../random';

export interface DataLoaderOptions {
  batchSize: number;
  shuffle: boolean;
  /** Where the seeds of shuffles come from; PyTorch's default generator if left out. */
  generator?: Generator;
}

/**
 * The order in which an epoch visits a data set (`torch.utils.data.DataLoader`). The same seed
 * gives the same order as PyTorch's, epoch after epoch; the last batch may be smaller.
 */
export class DataLoader {
  /** Batches in an epoch. */
  readonly length: number;

  /** @throws RangeError if the batch size is no whole number of at least 1 */
  constructor(
    private readonly dataset: { readonly length: number },
    private readonly options: DataLoaderOptions,
  ) {
    if (!Number.isInteger(options.batchSize) || options.batchSize < 1) {
      throw new RangeError(
        `batchSize is ${options.batchSize}; it must be a whole number of at least 1`,
      );
    }
    this.length = Math.ceil(dataset.length / options.batchSize);
  }

  /** One epoch's batches, each the indices of its images. Draws the epoch's shuffle when called. */
  batches(): Int32Array[] {
    const order = this.options.shuffle
      ? this.shuffled()
      : Int32Array.from({ length: this.dataset.length }, (_, index) => index);
    const { batchSize } = this.options;
    return Array.from({ length: this.length }, (_, batch) =>
      order.subarray(batch * batchSize, (batch + 1) * batchSize),
    );
  }

  /** As RandomSampler: a seed drawn from the generator seeds the permutation's own. */
  private shuffled(): Int32Array {
    const { generator = defaultGenerator } = this.options;
    randomInt64(generator); // the seed that the loader's iterator draws for its worker processes
    return randperm(this.dataset.length, new Generator(randomInt64(generator)));
  }
}
