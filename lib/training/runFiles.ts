import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';
import { NO_REMEDIES, withDefaults, type Constants, type Remedies } from './constants';

/** Where a run keeps what it writes: the lecture's files, and those that its text does not know. */
export interface RunFiles {
  directory: string;
  /** Resumable state after the last finished epoch. */
  state: string;
  /** Weights after the last epoch. */
  model: string;
  /** Weights after the epoch with the lowest validation loss, where there is validation. */
  best: string;
  /** `Epoch,Accuracy,Loss`, a row an epoch. */
  metrics: string;
  /** The metrics' columns, and those of {@link EpochRecord} beside them. */
  log: string;
  /** A list of {@link RunStart}. */
  config: string;
  /** A folder for TensorBoard. */
  tensorBoard: string;
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
    best: file('_best.safetensors'),
    metrics: file('_metric.csv'),
    log: file('_log.csv'),
    config: path.join(directory, 'config.json'),
    tensorBoard: path.join(directory, 'tensorboard', dataset),
    picture: path.join(
      directory,
      dataset === 'cifar10' ? 'googlenet_vis.png' : `googlenet_${dataset}_vis.png`,
    ),
    checkpoint: (epoch) => file(`_epoch_${epoch}.safetensors`),
  };
}

/**
 * Where a run keeps its files unless told otherwise: output/runs/ and a name that tells runs of
 * different constants apart, so that none overwrites another. More epochs go on in the same one, but
 * for those of a schedule, which hangs on their number.
 * Where notebooks are executed without anyone before them, GOOGLENET_RUNS in the environment names a
 * folder in the place of output/runs/, and nobody's run is touched.
 *
 * @param dataset what is trained on; its `id` stands in the name
 */
export function runDirectory(dataset: { readonly id: string }, constants: Constants): string {
  const { nSamples, batchSize, lr, seed, precision } = constants;
  const name = `${dataset.id}-samples${nSamples}-batch${batchSize}-lr${lr}-seed${seed}`;
  const all = withDefaults(constants);
  // Else the epochs are free: the run goes on.
  const length = all.schedule === 'constant' ? '' : `-epochs${all.epochs}`;
  const suffix = (precision === 'float32' ? '' : `-${precision}`) + length;
  const remedies = Object.entries(NO_REMEDIES).flatMap(([remedy, off]) => {
    const value = all[remedy as keyof Remedies];
    return value === off || remedy === 'patience'
      ? []
      : [`-${remedy}${value === true ? '' : value}`];
  });
  const runs = process.env.GOOGLENET_RUNS ?? path.join(PROJECT_DIRECTORY, 'output', 'runs');
  return path.join(runs, name + suffix + remedies.join(''));
}
