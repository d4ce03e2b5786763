import type { EpochMetrics } from './metrics';

/** What the training of an epoch took, without validation. */
export interface EpochTime {
  seconds: number;
  imagesPerSecond: number;
  /** ISO 8601. */
  finishedAt: string;
}

/** All that is known of a finished epoch; its time only where the run's log has it. */
export interface EpochRecord extends EpochMetrics, Partial<EpochTime> {
  /** The optimizer's, in this epoch. */
  learningRate: number;
}

/**
 * The time of an epoch that ends now.
 * @param start when it began, as `performance.now()` gave it
 * @param images how many it trained on
 */
export function timing(start: number, images: number): EpochTime {
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds: rounded(seconds, 3),
    imagesPerSecond: rounded(images / seconds, 1),
    finishedAt: new Date().toISOString(),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
