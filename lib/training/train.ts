import { DataLoader, ResidentDataset, subset, type ImageDataset } from '../data';
import { defaultExecution, type Execution } from '../graph';
import type { GoogLeNet, Module } from '../nn';
import { emulatesBfloat16, optimizerInternals, stopOnInterrupt, tf } from '../runtime';
import { batchStep, type Batch, type BatchStep } from './batchStep';
import { checkConstants, withDefaults, type Constants } from './constants';
import { epochBatches } from './epochBatches';
import { timing } from './epochRecord';
import { evaluator } from './evaluate';
import { learningRate } from './learningRate';
import type { EpochMetrics } from './metrics';
import { networkOf } from './network';
import { Pace } from './pace';
import type { TrainingListener } from './listener';
import { Run } from './run';
import { runFiles, type RunFiles } from './runFiles';
import type { StepResult } from './step';

export interface TrainingOptions<Network extends Module = GoogLeNet> {
  /**
   * Makes what is trained: a network that maps images to a logit for each class, whose weights come
   * from `googlenet/random`, which is seeded before. Default: {@link networkOf} the constants, which
   * tell nothing to another network.
   */
  network?: () => Network;
  /** Where the run keeps its files; made if it is missing. */
  directory: string;
  /** Follows the run. */
  listener?: TrainingListener;
  /** Default {@link defaultExecution}. */
  execution?: Execution;
  /**
   * `host:port` of each TensorFlow server that takes its share of every batch (`npm run worker`); this
   * process then directs them, and evaluates. Default: this process trains.
   */
  workers?: readonly string[] | undefined;
  /** Begin anew: what the directory holds is moved to `<directory>.previous`, or `.previous-2`, … */
  restart?: boolean;
  /** Keep a log for TensorBoard in the directory's `tensorboard`; not on WebGPU. */
  tensorBoard?: boolean;
}

export interface TrainingResult<Network extends Module = GoogLeNet> {
  model: Network;
  history: EpochMetrics[];
  files: RunFiles;
  /** False when the run was stopped before its last epoch; the same call goes on with it. */
  finished: boolean;
}

/**
 * The lecture's `train_cifar10`: trains GoogLeNet (CIFAR-10 form) with Adam on cross-entropy.
 *
 * After every epoch the state of the run (weights, optimizer, random generator, metrics) is
 * saved; called again with the same constants it goes on from there, to the numbers it would
 * have had without the stop (on an NVIDIA GPU with TF_DETERMINISTIC_OPS=1 in the environment: else
 * sums come in any order). Ctrl-C, or a notebook's stop button, ends it after the step under way.
 *
 * @throws RangeError for a constant that cannot be used, on this device for one
 * @throws OutOfMemoryError for a batch that does not fit, with the batch size to try
 * @throws Error if the directory holds a run of other constants or of more epochs, if another
 *   process trains there, or if it cannot be written to; if the loss is no finite number any more
 */
export async function train<Network extends Module = GoogLeNet>(
  dataset: ImageDataset,
  constants: Constants,
  options: TrainingOptions<Network>,
): Promise<TrainingResult<Network>> {
  const { directory, listener = {}, execution = defaultExecution() } = options;
  const { restart = false, tensorBoard = false, workers = [] } = options;
  checkConstants(constants);
  if (dataset.length !== constants.nSamples) {
    throw new RangeError(
      `nSamples is ${constants.nSamples}, but ${dataset.name} was loaded with ${dataset.length} images; load as many as the run uses`,
    );
  }
  if (execution === 'eager' && workers.length > 0) {
    throw new RangeError('workers compute graphs: a step that runs op by op has none');
  }
  if (execution === 'eager' && constants.precision !== 'float32') {
    throw new RangeError(
      `precision is ${constants.precision}; a step that runs op by op, as on WebGPU, computes in float32`,
    );
  }
  const { precision } = withDefaults(constants);
  const { network = () => networkOf(constants) as Module as Network } = options;
  const onMessage = (message: string) => listener.onMessage?.(message);
  const files = runFiles(directory, dataset.id);
  const interrupt = stopOnInterrupt();
  let finished = false;
  try {
    if (precision === 'bfloat16' && emulatesBfloat16()) {
      onMessage(
        'this processor has no instructions for bfloat16: float32 is several times as fast here',
      );
    }
    const run = await Run.open(files, constants, dataset, {
      network,
      restart,
      tensorBoard,
      onMessage,
    });
    const { network: model, history } = run;
    try {
      listener.onOpen?.();
      finished = await trainRun(run, dataset, constants, {
        listener,
        execution,
        workers,
        stop: interrupt.signal,
      });
      return { model, history, files, finished };
    } catch (error) {
      model.dispose();
      throw error;
    } finally {
      await run.close();
    }
  } finally {
    interrupt.dispose();
    listener.onEnd?.(finished);
  }
}

/** Trains the epochs that are left of an open run; false if it was stopped. */
async function trainRun(
  run: Run<Module>,
  dataset: ImageDataset,
  constants: Constants,
  {
    listener,
    execution,
    workers,
    stop,
  }: {
    listener: TrainingListener;
    execution: Execution;
    workers: readonly string[];
    stop: AbortSignal;
  },
): Promise<boolean> {
  const { network: model, optimizer, history } = run;
  const all = withDefaults(constants);
  const { epochs, batchSize, precision, validation } = all;
  const trainingSet = subset(dataset, 0, dataset.length - validation);
  const resident = new ResidentDataset(trainingSet);
  const step = batchStep(model.trainingModel, optimizer, resident, { ...all, execution, workers });
  const onValidation =
    validation > 0
      ? evaluator(model, subset(dataset, trainingSet.length), { execution, precision })
      : undefined;
  const loader = new DataLoader(trainingSet, { batchSize, shuffle: true });
  const pace = new Pace((epochs - history.length) * trainingSet.length);
  try {
    while (!run.isFinished) {
      const epoch = history.length;
      optimizerInternals(optimizer).learningRate = learningRate(all, epoch);
      const start = performance.now();
      const metrics = await trainEpoch(step, {
        epoch,
        epochs,
        batches: run.drawing(() =>
          epochBatches(loader, dataset, { epoch, constants, network: model }),
        ),
        pace,
        listener,
        stop,
      });
      if (metrics === undefined) {
        listener.onMessage?.(
          `stopped in epoch ${epoch}; finished epochs saved: ${history.length}. The same run goes on from there`,
        );
        return false;
      }
      const time = timing(start, trainingSet.length);
      if (onValidation) {
        const { loss, accuracy } = await onValidation.run();
        Object.assign(metrics, { validationLoss: loss, validationAccuracy: accuracy });
      }
      await run.save(metrics, time);
      listener.onEpoch?.(metrics, history);
    }
    await run.finish();
    return true;
  } finally {
    onValidation?.dispose();
    step.dispose();
    resident.dispose();
  }
}

/** One pass over the training images, as part of a run. */
export interface EpochOptions {
  /** Counted from 0. */
  epoch: number;
  /** Epochs of the run. */
  epochs: number;
  /** In order. */
  batches: readonly Batch[];
  pace: Pace;
  listener: TrainingListener;
  /** Ends the epoch before its next step. */
  stop: AbortSignal;
}

/** Milliseconds between two reads of what the steps found; a GPU need not stop for it at every step. */
const READ_INTERVAL = 500;

/** Trains on every batch once; undefined if it was stopped. */
export async function trainEpoch(
  step: BatchStep,
  { epoch, epochs, batches, pace, listener, stop }: EpochOptions,
): Promise<EpochMetrics | undefined> {
  let lossSum = 0;
  let correctSum = 0;
  let imagesSeen = 0;
  let lastRead = -Infinity;
  let unread: StepResult[] = [];
  const metrics: EpochMetrics = { epoch, loss: NaN, accuracy: NaN };
  try {
    for (const [index, batch] of batches.entries()) {
      if (stop.aborted) return undefined;
      unread.push(await step(batch));
      const images = batch.indices.length;
      imagesSeen += images;
      if (index + 1 === batches.length || performance.now() - lastRead >= READ_INTERVAL) {
        for (const { loss, correct } of unread) {
          lossSum += (await loss.data())[0] ?? NaN;
          correctSum += (await correct.data())[0] ?? NaN;
        }
        tf.dispose(unread);
        unread = [];
        metrics.loss = lossSum / (index + 1);
        metrics.accuracy = correctSum / imagesSeen;
        lastRead = performance.now();
        if (!Number.isFinite(metrics.loss)) throw diverged(epoch);
      }
      listener.onStep?.({
        ...metrics,
        epochs,
        batch: index + 1,
        batches: batches.length,
        ...pace.step(images),
      });
      await nextTurn();
    }
    return metrics;
  } finally {
    tf.dispose(unread);
  }
}

function diverged(epoch: number): Error {
  const saved =
    epoch === 0 ? 'no epoch is saved' : `the epochs before it are saved, the last is ${epoch - 1}`;
  return new Error(
    `the loss is no finite number any more in epoch ${epoch}: training has diverged, most often for too high a learning rate; ${saved}. Restart with a lower lr`,
  );
}

/** Lets timers, signals and a notebook's messages have their turn: a step keeps the event loop to itself. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
