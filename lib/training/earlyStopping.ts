import { withDefaults, type Constants } from './constants';
import type { EpochMetrics } from './metrics';

/** The epoch with the lowest validation loss; undefined where there is none. */
export function bestEpoch(history: readonly EpochMetrics[]): EpochMetrics | undefined {
  const validated = history.filter(({ validationLoss }) => validationLoss !== undefined);
  const lowest = Math.min(...validated.map(lossOf));
  return validated.find((metrics) => lossOf(metrics) === lowest);
}

/**
 * Whether a run is over: it has all its epochs, or the validation loss has not fallen for `patience`
 * of them.
 */
export function isFinished(history: readonly EpochMetrics[], constants: Constants): boolean {
  const { epochs, patience } = withDefaults(constants);
  const best = bestEpoch(history)?.epoch ?? Infinity;
  return history.length >= epochs || history.length - 1 - best >= patience;
}

function lossOf({ validationLoss }: EpochMetrics): number {
  return validationLoss ?? NaN;
}
