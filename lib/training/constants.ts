import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../data';

/**
 * What defines a training run, under the lecture's names (its `Constants` data class).
 * A run is reproducible from these and the data set alone.
 */
export interface Constants {
  /** Images of the training set to use, from its start. */
  nSamples: number;
  /** Images per step; the last batch of an epoch may be smaller. */
  batchSize: number;
  /** Passes over the training images. */
  epochs: number;
  /** Adam's learning rate. */
  lr: number;
  /** Seed of the initial weights and of every epoch's shuffle, as `torch.manual_seed` sets it. */
  seed: number;
  /**
   * What convolutions compute in. `bfloat16` is faster where the processor has it, and keeps
   * weights and sums in float32; it needs the step to run as a graph.
   */
  precision: 'float32' | 'bfloat16';
  /** Epochs (counted from 0) after which a copy of the weights is kept. */
  checkpointEpochs: readonly number[];
}

/** The lecture's experiment. */
export const LECTURE_CONSTANTS: Constants = {
  nSamples: 50_000,
  batchSize: 2048,
  epochs: 1000,
  lr: 0.0001,
  seed: 80,
  precision: 'float32',
  checkpointEpochs: [299, 499, 699, 899],
};

const PRECISIONS: readonly string[] = ['float32', 'bfloat16'];

/**
 * Checks that every constant can be used.
 * @throws RangeError that names the constant, its value and what is allowed.
 */
export function checkConstants(constants: Constants): void {
  for (const name of ['nSamples', 'batchSize', 'epochs'] as const) {
    requireInteger(name, constants[name], 1);
  }
  requireInteger('seed', constants.seed, 0);
  if (!PRECISIONS.includes(constants.precision)) {
    throw new RangeError(
      `precision is ${constants.precision}; it must be ${PRECISIONS.join(' or ')}`,
    );
  }
  for (const epoch of constants.checkpointEpochs) requireInteger('checkpointEpochs', epoch, 0);
  if (!Number.isFinite(constants.lr) || constants.lr <= 0) {
    throw new RangeError(`lr is ${constants.lr}; it must be a number greater than 0`);
  }
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}; it must be a whole number of at least ${least}`);
  }
}

/** Where a run keeps what it writes. All but `state` are the lecture's files. */
export interface RunFiles {
  directory: string;
  /** Resumable state after the last finished epoch. */
  state: string;
  /** Weights after the last epoch. */
  model: string;
  /** `Epoch,Accuracy,Loss`, a row an epoch. */
  metrics: string;
  /** Loss over accuracy as a picture. */
  picture: string;
  /** Weights kept after epoch `epoch`. */
  checkpoint(epoch: number): string;
}

/**
 * Names the files of a run on the data set `dataset` ("cifar10", "generated"): the data set
 * stands in each name, so that no file of a trial run passes for a CIFAR-10 result.
 */
export function runFiles(directory: string, dataset: string): RunFiles {
  const file = (suffix: string) => path.join(directory, `googlenet_${dataset}${suffix}`);
  return {
    directory,
    state: file('_state.safetensors'),
    model: file('.safetensors'),
    metrics: file('_metric.csv'),
    picture: path.join(
      directory,
      dataset === 'cifar10' ? 'googlenet_vis.png' : `googlenet_${dataset}_vis.png`,
    ),
    checkpoint: (epoch) => file(`_epoch_${epoch}.safetensors`),
  };
}

/**
 * Where a run keeps its files unless told otherwise: output/runs/ and a name that tells runs of
 * different constants apart, so that none overwrites another. More epochs go on in the same one.
 *
 * @param dataset what is trained on; its `id` stands in the name
 */
export function runDirectory(dataset: { readonly id: string }, constants: Constants): string {
  const { nSamples, batchSize, lr, seed, precision } = constants;
  const name = `${dataset.id}-samples${nSamples}-batch${batchSize}-lr${lr}-seed${seed}`;
  const suffix = precision === 'float32' ? '' : `-${precision}`;
  return path.join(PROJECT_DIRECTORY, 'output', 'runs', name + suffix);
}
