/**
 * What defines a training run, under the lecture's names (its `Constants` data class).
 * A run is reproducible from these and the data set alone.
 */
export interface Constants extends Remedies {
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

/** What the lecture's recipe does without. Each is off where it is left out. */
export interface Remedies {
  /** How the learning rate goes: `constant`, or `cosine`, which falls from `lr` towards 0. */
  schedule?: 'constant' | 'cosine';
  /** What Adam adds to the root of its second moment. */
  epsilon?: number;
  /** The largest norm that the gradients of all weights together may have. */
  clipNorm?: number;
  /** What a step takes from each weight, as a share of it and of the learning rate (AdamW). */
  weightDecay?: number;
  /** Share of each label that is spread over all classes, while training. */
  labelSmoothing?: number;
  /** Whether images are shifted by up to 4 pixels and mirrored at random, while training. */
  augmentation?: boolean;
  /** The probability of an image to get a box of another, and its share of the label (CutMix). */
  cutMix?: number;
  /** How weights begin: as PyTorch's layers do by themselves, or as He et al. (2015) proposed. */
  initialization?: 'pytorch' | 'he';
  /** Whether the paper's auxiliary classifiers take part in training. */
  auxiliary?: boolean;
  /** Whether every convolution is followed by batch normalisation. */
  batchNorm?: boolean;
  /** Share of the features before the last layer that are dropped at random, while training. */
  dropout?: number;
  /** How the network begins: the lecture's way, or `fine`, with the images' full size up to 3b. */
  stem?: 'lecture' | 'fine';
  /** Images at the end of the `nSamples` that are not trained on, but evaluated after each epoch. */
  validation?: number;
  /** Epochs without a lower validation loss after which the run ends. */
  patience?: number;
}

/** {@link Remedies} that are off. */
export const NO_REMEDIES: Required<Remedies> = {
  schedule: 'constant',
  epsilon: 1e-8,
  clipNorm: Infinity,
  weightDecay: 0,
  labelSmoothing: 0,
  augmentation: false,
  cutMix: 0,
  initialization: 'pytorch',
  auxiliary: false,
  batchNorm: false,
  dropout: 0,
  stem: 'lecture',
  validation: 0,
  patience: Infinity,
};

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

/** {@link Constants} with what is left out. */
export function withDefaults(constants: Constants): Required<Constants> {
  const given = Object.entries(constants).filter(([, value]) => value !== undefined);
  return { ...NO_REMEDIES, ...Object.fromEntries(given) } as Required<Constants>;
}

const PRECISIONS: readonly string[] = ['float32', 'bfloat16'];
const SCHEDULES: readonly string[] = ['constant', 'cosine'];
const INITIALIZATIONS: readonly string[] = ['pytorch', 'he'];
const STEMS: readonly string[] = ['lecture', 'fine'];

/**
 * Checks that every constant can be used.
 * @throws RangeError that names the constant, its value and what is allowed.
 */
export function checkConstants(constants: Constants): void {
  for (const name of ['nSamples', 'batchSize', 'epochs'] as const) {
    requireInteger(name, constants[name], 1);
  }
  requireInteger('seed', constants.seed, 0);
  requireOneOf('precision', constants.precision, PRECISIONS);
  for (const epoch of constants.checkpointEpochs) requireInteger('checkpointEpochs', epoch, 0);
  checkRemedies(constants);
}

function checkRemedies(constants: Constants): void {
  const all = withDefaults(constants);
  const { labelSmoothing, dropout, validation, patience, nSamples } = all;
  requireOneOf('schedule', all.schedule, SCHEDULES);
  requireOneOf('initialization', all.initialization, INITIALIZATIONS);
  requireOneOf('stem', all.stem, STEMS);
  requireNumber('lr', all.lr, (lr) => lr > 0, 'a number greater than 0');
  requireNumber('epsilon', all.epsilon, (x) => x >= 0, 'a number of at least 0');
  requireNumber('weightDecay', all.weightDecay, (x) => x >= 0, 'a number of at least 0');
  const isShare = (x: number) => x >= 0 && x < 1;
  requireNumber('labelSmoothing', labelSmoothing, isShare, 'a number from 0 to below 1');
  requireNumber('cutMix', all.cutMix, (x) => x >= 0 && x <= 1, 'a number from 0 to 1');
  requireNumber('dropout', dropout, isShare, 'a number from 0 to below 1');
  if (constants.clipNorm !== undefined) {
    requireNumber('clipNorm', all.clipNorm, (x) => x > 0, 'a number greater than 0');
  }
  for (const name of ['augmentation', 'auxiliary', 'batchNorm'] as const) {
    if (typeof all[name] !== 'boolean') {
      throw new RangeError(`${name} is ${String(all[name])}; it must be true or false`);
    }
  }
  requireInteger('validation', validation, 0);
  if (validation >= nSamples) {
    throw new RangeError(
      `validation is ${validation}; of ${nSamples} images that leaves none to train on`,
    );
  }
  if (constants.patience !== undefined) {
    requireInteger('patience', patience, 1);
    if (validation === 0) {
      throw new RangeError('patience needs images for validation: set validation');
    }
  }
}

function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} is ${value}; it must be ${allowed.join(' or ')}`);
  }
}

function requireNumber(
  name: string,
  value: number,
  fits: (value: number) => boolean,
  what: string,
): void {
  if (!Number.isFinite(value) || !fits(value)) {
    throw new RangeError(`${name} is ${value}; it must be ${what}`);
  }
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}; it must be a whole number of at least ${least}`);
  }
}
