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
