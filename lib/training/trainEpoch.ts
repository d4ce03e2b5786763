import type { BatchStep } from './batchStep';
import type { EpochMetrics } from './metrics';
import type { Pace } from './pace';
import type { TrainingListener } from './progress';

/** One pass over the training images, as part of a run. */
export interface EpochOptions {
  /** Counted from 0. */
  epoch: number;
  /** Epochs of the run. */
  epochs: number;
  /** The indices of each batch's images, in order. */
  batches: readonly Int32Array[];
  pace: Pace;
  listener: TrainingListener;
  /** Ends the epoch before its next step. */
  stop: AbortSignal;
}

/** Milliseconds between two reads of what the steps found; a GPU need not stop for it at every step. */
const READ_INTERVAL = 500;

/**
 * Trains on every batch once.
 *
 * @returns the epoch's metrics; undefined if it was stopped
 * @throws OutOfMemoryError for a batch that does not fit
 * @throws Error if the loss is no finite number any more
 */
export async function trainEpoch(
  step: BatchStep,
  { epoch, epochs, batches, pace, listener, stop }: EpochOptions,
): Promise<EpochMetrics | undefined> {
  let lossSum = 0;
  let correctSum = 0;
  let imagesSeen = 0;
  let lastRead = -Infinity;
  const metrics: EpochMetrics = { epoch, loss: NaN, accuracy: NaN };
  for (const [index, indices] of batches.entries()) {
    if (stop.aborted) return undefined;
    await step.run(indices);
    imagesSeen += indices.length;
    if (index + 1 === batches.length || performance.now() - lastRead >= READ_INTERVAL) {
      for (const { loss, correct } of await step.read()) {
        lossSum += loss;
        correctSum += correct;
      }
      metrics.loss = lossSum / (index + 1);
      metrics.accuracy = correctSum / imagesSeen;
      lastRead = performance.now();
      if (!Number.isFinite(metrics.loss)) throw diverged(epoch);
    }
    listener.onStep?.({
      ...metrics,
      epochs,
      batch: index + 1,
      batches: batches.length,
      ...pace.step(indices.length),
    });
    await nextTurn();
  }
  return metrics;
}

function diverged(epoch: number): Error {
  const saved =
    epoch === 0 ? 'no epoch is saved' : `the epochs before it are saved, the last is ${epoch - 1}`;
  return new Error(
    `the loss is no finite number any more in epoch ${epoch}: training has diverged, most often for too high a learning rate; ${saved}. Restart with a lower lr`,
  );
}

/** Lets timers, signals and a notebook's messages have their turn: a step keeps the event loop to itself. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
