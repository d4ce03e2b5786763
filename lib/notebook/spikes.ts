import type { EpochMetrics } from '../training';

/** A rise of the loss that a run comes back from, or not. */
export interface Spike {
  /** The epoch of the highest loss. */
  epoch: number;
  loss: number;
  /** The lowest loss of the epochs before. */
  before: number;
}

/**
 * The epochs whose loss is more than `factor` times the lowest before, in stretches of such epochs,
 * each told by its highest. A stretch ends with `quiet` epochs in a row that are none of them.
 */
export function findSpikes(
  history: readonly Pick<EpochMetrics, 'epoch' | 'loss'>[],
  factor: number,
  quiet = 1,
): Spike[] {
  const spikes: Spike[] = [];
  let lowest = Infinity;
  let current: Spike | undefined;
  let below = 0;
  for (const { epoch, loss } of history) {
    if (loss > factor * lowest) {
      if (!current) spikes.push((current = { epoch, loss, before: lowest }));
      else if (loss > current.loss) Object.assign(current, { epoch, loss });
      below = 0;
    } else if (++below >= quiet) {
      current = undefined;
    }
    lowest = Math.min(lowest, loss);
  }
  return spikes;
}
