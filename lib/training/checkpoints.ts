import { existsSync } from 'node:fs';
import type { ImageDataset } from '../data';
import { GoogLeNet, loadStateDict } from '../nn';
import type { Constants } from './constants';
import { evaluator, type Evaluation } from './evaluate';
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
 * The weights that a run has kept so far, in the order of their epochs: those of `checkpointEpochs`
 * and, once it has finished, of the last epoch.
 * @throws Error if there are none, naming the run's directory
 */
export function listCheckpoints(files: RunFiles, constants: Constants): Checkpoint[] {
  const last = { epoch: constants.epochs - 1, file: files.model };
  const kept = [
    ...[...new Set(constants.checkpointEpochs)]
      .filter((epoch) => epoch < last.epoch)
      .sort((a, b) => a - b)
      .map((epoch) => ({ epoch, file: files.checkpoint(epoch) })),
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
 * @throws Error if a file is missing or no weights of this network, naming it
 */
export async function evaluateCheckpoints(
  checkpoints: readonly Checkpoint[],
  dataset: ImageDataset,
): Promise<EvaluatedCheckpoint[]> {
  const googLeNet = new GoogLeNet(3, 'cifar10');
  const onDataset = evaluator(googLeNet, dataset);
  const evaluated: EvaluatedCheckpoint[] = [];
  try {
    for (const checkpoint of checkpoints) {
      await loadStateDict(googLeNet, checkpoint.file);
      evaluated.push({ ...checkpoint, evaluation: await onDataset.run() });
    }
  } finally {
    onDataset.dispose();
    googLeNet.dispose();
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
