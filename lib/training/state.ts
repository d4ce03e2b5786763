import { existsSync } from 'node:fs';
import { readSafetensors, writeSafetensors, type SafetensorsTensor } from '../files';
import type { GeneratorState } from '../random';
import { tf } from '../runtime';
import { adamState, restoreAdamState } from './adamState';
import { withDefaults, type Constants } from './constants';
import type { EpochMetrics } from './metrics';
import { trainableVariables } from './step';

/** A run after its last finished epoch, besides weights and optimizer. */
export interface FinishedEpochs {
  constants: Constants;
  /** Metrics of the finished epochs. */
  history: EpochMetrics[];
  /** The random generator before the next epoch's shuffle. */
  generator: GeneratorState;
}

/** A saved state: progress, and the tensors that the next epoch starts from. */
export interface RunState extends FinishedEpochs {
  tensors: ReadonlyMap<string, SafetensorsTensor>;
}

const FORMAT = 'googlenet-run-1';

/**
 * Saves the state of a run in one file, atomically: after a kill there is either this epoch's
 * state or the one before it.
 */
export async function writeState(
  file: string,
  model: tf.LayersModel,
  optimizer: tf.AdamOptimizer,
  progress: FinishedEpochs,
): Promise<void> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of namedTensors(model, optimizer)) {
    tensors.set(name, { shape: tensor.shape, data: await tensor.data() });
  }
  await writeSafetensors(file, {
    tensors,
    metadata: { format: FORMAT, progress: JSON.stringify(progress) },
  });
}

/**
 * Reads a saved state; undefined where there is none.
 * @throws Error if the file is damaged, or is none of a run
 */
export async function readState(file: string): Promise<RunState | undefined> {
  if (!existsSync(file)) return undefined;
  const { tensors, metadata = {} } = await readSafetensors(file);
  if (metadata.format !== FORMAT || metadata.progress === undefined) {
    throw new Error(`${file} is not the state of a run; move it away, or choose another directory`);
  }
  return { ...(JSON.parse(metadata.progress) as FinishedEpochs), tensors };
}

/**
 * Sets model and optimizer to a saved state.
 * @throws Error if the state belongs to a run of other constants or of more epochs, naming them
 */
export async function restoreState(
  state: RunState,
  model: tf.LayersModel,
  optimizer: tf.AdamOptimizer,
  constants: Constants,
): Promise<void> {
  const [saved, wanted] = [withDefaults(state.constants), withDefaults(constants)];
  const differing = (Object.keys(wanted) as (keyof Constants)[]).filter(
    (name) => !isFree(name, wanted) && saved[name] !== wanted[name],
  );
  if (differing.length > 0) {
    const differences = differing.map(
      (name) => `${name} ${String(saved[name])}, not ${String(wanted[name])}`,
    );
    throw new Error(
      `the directory holds a run with ${differences.join('; ')}: choose another directory, or restart to begin anew there`,
    );
  }
  const epochs = state.history.length;
  if (epochs > constants.epochs) {
    throw new Error(
      `the directory holds a run of ${epochs} epochs, more than ${constants.epochs}: let epochs be at least ${epochs}, choose another directory, or restart to begin anew there`,
    );
  }
  const tensor = (name: string): tf.Tensor => {
    const array = state.tensors.get(name);
    if (!array)
      throw new Error(
        `the saved state has no ${name}: it was written by another version of the network`,
      );
    return tf.tensor(array.data as Float32Array, [...array.shape], 'float32');
  };
  const names = weightNames(model.trainableWeights);
  const buffers = model.nonTrainableWeights;
  const loaded: tf.Tensor[] = [];
  const load = (name: string) => {
    const one = tensor(name);
    loaded.push(one);
    return one;
  };
  try {
    const weights = names.map(load);
    const running = weightNames(buffers).map(load);
    await restoreAdamState(optimizer, {
      firstMoments: names.map((name) => load(firstMoment(name))),
      secondMoments: names.map((name) => load(secondMoment(name))),
      betaPowers: [load(BETA_POWERS[0]), load(BETA_POWERS[1])],
    });
    model.trainableWeights.forEach((weight, index) => {
      weight.write(weights[index] as tf.Tensor);
    });
    buffers.forEach((weight, index) => {
      weight.write(running[index] as tf.Tensor);
    });
  } finally {
    tf.dispose(loaded);
  }
}

/** Whether a run may go on with another value: more epochs where nothing before them hangs on it. */
function isFree(name: keyof Constants, { schedule }: Required<Constants>): boolean {
  return (
    name === 'checkpointEpochs' ||
    name === 'patience' ||
    (name === 'epochs' && schedule === 'constant')
  );
}

const BETA_POWERS = ['adam/beta1_power', 'adam/beta2_power'] as const;
const firstMoment = (name: string) => `adam/first_moment/${name}`;
const secondMoment = (name: string) => `adam/second_moment/${name}`;

/** `conv1/kernel`, …; a variable's own name has a suffix when the process made such a network before. */
function weightNames(weights: tf.LayersModel['weights']): string[] {
  return weights.map((weight) => weight.originalName);
}

function namedTensors(model: tf.LayersModel, optimizer: tf.AdamOptimizer): [string, tf.Tensor][] {
  const { firstMoments, secondMoments, betaPowers } = adamState(optimizer);
  const weights = trainableVariables(model);
  return [
    ...weightNames(model.trainableWeights).flatMap((name, index) => [
      [name, weights[index]],
      [firstMoment(name), firstMoments[index]],
      [secondMoment(name), secondMoments[index]],
    ]),
    ...model.nonTrainableWeights.map((weight) => [weight.originalName, weight.read()]),
    [BETA_POWERS[0], betaPowers[0]],
    [BETA_POWERS[1], betaPowers[1]],
  ] as [string, tf.Tensor][];
}
