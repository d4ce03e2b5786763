import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { DatasetName } from '../data';
import {
  checkConstants,
  LECTURE_CONSTANTS,
  NO_REMEDIES,
  type Constants,
  type Remedies,
} from '../training';
import { number } from './options';
import { requestedWorkers, type RequestedWorkers } from './workers';

export const HELP = `The lecture's training, without a notebook.

usage: npm run train -- [options]

  --dataset NAME        cifar10 or generated (default: cifar10 where it is on disk, in any form that
                        data/README.md tells, else the generated set; naming cifar10 downloads it)
  --samples N           training images (default: ${LECTURE_CONSTANTS.nSamples}, or all of a smaller set)
  --batch-size N        images a step (default: ${LECTURE_CONSTANTS.batchSize})
  --epochs N            passes over the images (default: ${LECTURE_CONSTANTS.epochs})
  --lr X                Adam's learning rate (default: ${LECTURE_CONSTANTS.lr})
  --seed N              initial weights and shuffles (default: ${LECTURE_CONSTANTS.seed})
  --precision NAME      float32, or bfloat16 in convolutions (default: ${LECTURE_CONSTANTS.precision})
  --schedule NAME       the learning rate: constant, or cosine, which falls from X towards 0
                        (default: ${NO_REMEDIES.schedule})
  --epsilon X           Adam's epsilon (default: ${NO_REMEDIES.epsilon})
  --clip-norm X         the largest norm that all gradients together may have (default: any)
  --weight-decay X      AdamW's decay of the weights (default: ${NO_REMEDIES.weightDecay})
  --label-smoothing X   share of each label that is spread over all classes (default: ${NO_REMEDIES.labelSmoothing})
  --augmentation        shift images by up to 4 pixels and mirror them, at random
  --cut-mix X           probability of an image to get a box of another, and its share of the label;
                        the accuracy counts its own (default: ${NO_REMEDIES.cutMix})
  --initialization NAME pytorch, or he (default: ${NO_REMEDIES.initialization})
  --auxiliary           the paper's auxiliary classifiers, in training
  --batch-norm          batch normalisation after every convolution
  --dropout X           share of the features before the last layer that is dropped (default: ${NO_REMEDIES.dropout})
  --stem NAME           how the network begins: lecture, or fine, by a convolution of 3×3 at stride 1
                        and without pools, with 47 times the multiplications (default: ${NO_REMEDIES.stem})
  --validation N        hold out the last N training images, and evaluate them after each epoch
  --patience N          end after N epochs without a lower validation loss
  --checkpoints A,B,…   epochs after which the weights are kept (default: ${LECTURE_CONSTANTS.checkpointEpochs.join(',')})
  --views               at the end look at each test image 18 times, moved by up to 2 pixels and
                        mirrored, and judge by the mean of the probabilities
  --device NAME         cpu, cuda or webgpu (default: GOOGLENET_DEVICE, else the best there is)
  --directory DIR       where the run keeps its files (default: output/runs/ and a name made of the above)
  --tensorboard         keep a log for TensorBoard in DIR/tensorboard too (not on webgpu)
  --json FILE           at the end, finished or stopped, write a summary of the run to FILE; with - to
                        standard output, and all else to standard error
  --workers A,B,…       share every batch among these workers, each host:port of an npm run worker;
                        where TF_CONFIG is set, its workers
  --local-workers N     the same with N workers on this machine, for a try
  --wait                wait for a worker that is not there or is lost, and do not go on without it
  --restart             begin anew; the earlier run is moved to DIR.previous (or DIR.previous-2, …)
  --help

The defaults are the lecture's experiment. A run that was stopped (Ctrl-C, kill) goes on from its
last finished epoch when the same command is given again. The losses are the same with workers and
without. Who reaches a worker can do what they like there: see npm run worker -- --help.`;

/** What was asked for on the command line. */
export interface Request {
  name: DatasetName;
  device: string | undefined;
  /** Undefined: the lecture's, or all of a smaller set. */
  samples: number | undefined;
  constants: Constants;
  directory: string | undefined;
  /** Whether test images are looked at several times. */
  views: boolean;
  tensorBoard: boolean;
  /** Where the summary goes. */
  json: string | undefined;
  restart: boolean;
  /** Who computes, if it is not this process. */
  workers: RequestedWorkers | undefined;
}

/** The command's options, as `parseArgs` takes them. */
export const OPTIONS = {
  dataset: { type: 'string' },
  samples: { type: 'string' },
  'batch-size': { type: 'string' },
  epochs: { type: 'string' },
  lr: { type: 'string' },
  seed: { type: 'string' },
  precision: { type: 'string' },
  schedule: { type: 'string' },
  epsilon: { type: 'string' },
  'clip-norm': { type: 'string' },
  'weight-decay': { type: 'string' },
  'label-smoothing': { type: 'string' },
  augmentation: { type: 'boolean' },
  'cut-mix': { type: 'string' },
  initialization: { type: 'string' },
  auxiliary: { type: 'boolean' },
  'batch-norm': { type: 'boolean' },
  dropout: { type: 'string' },
  stem: { type: 'string' },
  validation: { type: 'string' },
  patience: { type: 'string' },
  checkpoints: { type: 'string' },
  views: { type: 'boolean', default: false },
  device: { type: 'string' },
  directory: { type: 'string' },
  tensorboard: { type: 'boolean', default: false },
  json: { type: 'string' },
  workers: { type: 'string' },
  'local-workers': { type: 'string' },
  wait: { type: 'boolean', default: false },
  restart: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/**
 * Reads the command's arguments.
 * @returns undefined if help was asked for
 * @throws RangeError for a value that cannot be, what parseArgs throws for an option that is not known
 */
export function readCommandLine(args: readonly string[]): Request | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return undefined;
  const name = values.dataset ?? 'auto';
  if (!isDatasetName(name))
    throw new RangeError(`--dataset is "${name}"; it must be cifar10 or generated`);
  const samples = values.samples === undefined ? undefined : number('samples', values.samples);
  const constants: Constants = {
    nSamples: samples ?? LECTURE_CONSTANTS.nSamples,
    batchSize: number('batch-size', values['batch-size'], LECTURE_CONSTANTS.batchSize),
    epochs: number('epochs', values.epochs, LECTURE_CONSTANTS.epochs),
    lr: number('lr', values.lr, LECTURE_CONSTANTS.lr),
    seed: number('seed', values.seed, LECTURE_CONSTANTS.seed),
    precision: (values.precision ?? LECTURE_CONSTANTS.precision) as Constants['precision'],
    checkpointEpochs:
      values.checkpoints?.split(',').map((text) => number('checkpoints', text)) ??
      LECTURE_CONSTANTS.checkpointEpochs,
    ...readRemedies(values),
  };
  checkConstants(constants);
  const { device, directory, views, tensorboard: tensorBoard, json, restart } = values;
  const workers = requestedWorkers(values);
  return {
    name,
    device,
    samples,
    constants,
    directory,
    views,
    tensorBoard,
    json,
    restart,
    workers,
  };
}

/** Those of {@link Remedies} that the command line names, each by its name with hyphens. */
function readRemedies(values: Partial<Record<string, string | boolean>>): Remedies {
  const given = Object.entries(NO_REMEDIES).flatMap(([name, off]) => {
    const option = name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
    const value = values[option];
    if (value === undefined) return [];
    return [[name, typeof off === 'number' ? number(option, String(value)) : value]];
  });
  return Object.fromEntries(given) as Remedies;
}

function isDatasetName(name: string): name is DatasetName {
  return ['auto', 'cifar10', 'generated'].includes(name);
}
