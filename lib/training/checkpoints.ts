import { existsSync } from 'node:fs';
import type { ImageDataset } from '../data';
import { GoogLeNet, loadStateDict, type Module } from '../nn';
import type { Constants } from './constants';
import { bestEpoch } from './earlyStopping';
import { evaluator, type Evaluation } from './evaluate';
import type { EpochMetrics } from './metrics';
import type { RunFiles } from './runFiles';

/** Weights that a run kept. */
export interface Checkpoint {
  /** The epoch after which they were kept. */
  epoch: number;
  file: string;
}

/** A checkpoint and how it does. */
export interface EvaluatedCheckpoint extends Checkpoint {
  evaluation: Evaluation;
}

/**
 * The weights that a run has kept so far, in the order of their epochs: those of `checkpointEpochs`,
 * of the epoch with the lowest validation loss and, once it has finished, of the last epoch.
 *
 * @param history metrics of its epochs; left out, they are taken to be as many as the constants say,
 *   without validation
 * @throws Error if there are none, naming the run's directory
 */
export function listCheckpoints(
  files: RunFiles,
  constants: Constants,
  history: readonly EpochMetrics[] = [],
): Checkpoint[] {
  const last = { epoch: history.at(-1)?.epoch ?? constants.epochs - 1, file: files.model };
  const best = bestEpoch(history)?.epoch;
  const byEpoch = new Map([
    ...constants.checkpointEpochs.map((epoch) => [epoch, files.checkpoint(epoch)] as const),
    ...(best === undefined ? [] : [[best, files.best] as const]),
  ]);
  const kept = [
    ...[...byEpoch]
      .map(([epoch, file]) => ({ epoch, file }))
      .filter(({ epoch }) => epoch < last.epoch)
      .sort((a, b) => a.epoch - b.epoch),
    last,
  ].filter(({ file }) => existsSync(file));
  if (kept.length === 0) {
    throw new Error(
      `${files.directory} holds no weights of a run; train it first, with the same constants`,
    );
  }
  return kept;
}

/**
 * Evaluates every checkpoint on the same data, in the order given.
 *
 * @param makeNetwork makes the network of which they are weights; default the lecture's for CIFAR-10
 * @throws Error if a file is missing or no weights of this network, naming it
 */
export async function evaluateCheckpoints(
  checkpoints: readonly Checkpoint[],
  dataset: ImageDataset,
  makeNetwork: () => Module = () => new GoogLeNet(3, 'cifar10'),
): Promise<EvaluatedCheckpoint[]> {
  const network = makeNetwork();
  const onDataset = evaluator(network, dataset);
  const evaluated: EvaluatedCheckpoint[] = [];
  try {
    for (const checkpoint of checkpoints) {
      await loadStateDict(network, checkpoint.file);
      evaluated.push({ ...checkpoint, evaluation: await onDataset.run() });
    }
  } finally {
    onDataset.dispose();
    network.dispose();
  }
  return evaluated;
}

/**
 * The checkpoint with the highest accuracy; of equals, the one with the lowest loss.
 * @throws RangeError for an empty list
 */
export function bestCheckpoint(evaluated: readonly EvaluatedCheckpoint[]): EvaluatedCheckpoint {
  const [best] = [...evaluated].sort(
    ({ evaluation: a }, { evaluation: b }) => b.accuracy - a.accuracy || a.loss - b.loss,
  );
  if (!best) throw new RangeError('there is no checkpoint to choose from');
  return best;
}
