import type { EpochMetrics } from '../training';
import { readRecord, recordFile } from './records';

/**
 * Metrics of the lecture's experiment as it was run with this library: see `data/lecture-run` of its
 * repository. The npm package does not bring the file.
 */
export const RECORDED_RUN = recordFile('lecture-run', 'googlenet_cifar10_metric.csv');

/** Its weights after epoch 299, as float16; not in the npm package either. */
export const RECORDED_WEIGHTS = recordFile(
  'lecture-run',
  'googlenet_cifar10_epoch_299_float16.safetensors',
);

/**
 * The weights with which a run of the recorded recipe ended, as float16, for
 * `new GoogLeNet(3, 'cifar10', { batchNorm: true })`: see `data/experiments` of its repository. The
 * npm package does not bring the file.
 */
export const RECIPE_WEIGHTS = recordFile('experiments', 'recipe_seed_1_float16.safetensors');

/** Weights of the recorded run, and how they do. */
export interface RecordedModel extends EpochMetrics {
  /** Mean cross-entropy over the 10,000 test images. */
  testLoss: number;
  /** Share of them that is classified correctly, 0 to 1. */
  testAccuracy: number;
}

/**
 * The weights of the run {@link RECORDED_RUN} that were tested, in the order of their epochs, with
 * the training metrics of the epoch after which they were kept.
 * @throws Error if they are not there
 */
export async function readRecordedModels(): Promise<RecordedModel[]> {
  const rows = await readRecord<Record<string, number>>(
    recordFile('lecture-run', 'kept_models.csv'),
  );
  return rows.map((row) => ({
    epoch: row.Epoch ?? NaN,
    accuracy: row.Accuracy ?? NaN,
    loss: row.Loss ?? NaN,
    testAccuracy: row.TestAccuracy ?? NaN,
    testLoss: row.TestLoss ?? NaN,
  }));
}
