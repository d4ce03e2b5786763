import * as Papa from 'papaparse';
import type { EpochMetrics } from '../training';
import { readRecord, recordFile } from './records';

/**
 * Metrics of the lecture's experiment as it was run with this library: see `data/lecture-run` of its
 * repository. The npm package does not bring the file.
 */
export const RECORDED_RUN = recordFile('lecture-run', 'googlenet_cifar10_metric.csv');

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
  const { data } = Papa.parse<Record<string, number>>(
    await readRecord(recordFile('lecture-run', 'kept_models.csv')),
    { header: true, dynamicTyping: true, skipEmptyLines: true },
  );
  return data.map((row) => ({
    epoch: row.Epoch ?? NaN,
    accuracy: row.Accuracy ?? NaN,
    loss: row.Loss ?? NaN,
    testAccuracy: row.TestAccuracy ?? NaN,
    testLoss: row.TestLoss ?? NaN,
  }));
}
