import { existsSync } from 'node:fs';
import type { ImageDataset } from '../data';
import { GoogLeNet, loadStateDict, type Module } from '../nn';
import type { Constants } from './constants';
import { bestEpoch } from './earlyStopping';
import { evaluator, type Evaluation, type EvaluatorOptions } from './evaluate';
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
 * The weights that a run has kept so far, each epoch's once, in the order of the epochs: those of
 * `checkpointEpochs`, of the epoch with the lowest validation loss and, once it has finished, of the
 * last epoch.
 *
 * @param history metrics of its epochs; left out, they are taken to be as many as the constants say,
 *   without validation
 */
export function findCheckpoints(
  files: RunFiles,
  { checkpointEpochs, epochs }: Constants,
  history: readonly EpochMetrics[] = [],
): Checkpoint[] {
  const last = history.at(-1)?.epoch ?? epochs - 1;
  const best = bestEpoch(history);
  const kept = [
    ...(best ? [{ epoch: best.epoch, file: files.best }] : []),
    ...checkpointEpochs
      .filter((epoch) => epoch <= last)
      .map((epoch) => ({ epoch, file: files.checkpoint(epoch) })),
    { epoch: last, file: files.model },
  ].filter(({ file }) => existsSync(file));
  const byEpoch = new Map(kept.map((checkpoint) => [checkpoint.epoch, checkpoint]));
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}

/**
 * As {@link findCheckpoints}, of a run that has some.
 * @throws Error if there are none, naming the run's directory
 */
export function listCheckpoints(
  files: RunFiles,
  constants: Constants,
  history: readonly EpochMetrics[] = [],
): Checkpoint[] {
  const kept = findCheckpoints(files, constants, history);
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
 * @param options as {@link evaluator} takes them
 * @throws Error if a file is missing or no weights of this network, naming it
 */
export async function evaluateCheckpoints(
  checkpoints: readonly Checkpoint[],
  dataset: ImageDataset,
  makeNetwork: () => Module = () => new GoogLeNet(3, 'cifar10'),
  options: EvaluatorOptions = {},
): Promise<EvaluatedCheckpoint[]> {
  const network = makeNetwork();
  const onDataset = evaluator(network, dataset, options);
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
