import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import * as path from 'node:path';
import { DataLoader, ResidentDataset, type ImageDataset } from '../data';
import { lockDirectory, unwritable } from '../files';
import { defaultExecution, type Execution } from '../graph';
import { adam, GoogLeNet, saveStateDict } from '../nn';
import { defaultGenerator, manualSeed } from '../random';
import { emulatesBfloat16 } from '../runtime';
import { batchStep } from './batchStep';
import { checkConstants, type Constants } from './constants';
import { stopOnInterrupt } from './interrupt';
import { appendMetrics, writeMetrics, type EpochMetrics } from './metrics';
import type { TrainingListener } from './progress';
import { Pace } from './pace';
import { runFiles, type RunFiles } from './runFiles';
import { readState, restoreState, writeState } from './state';
import { trainEpoch } from './trainEpoch';

export interface TrainingOptions {
  /** Where the run keeps its files; made if it is missing. */
  directory: string;
  /** Follows the run. */
  listener?: TrainingListener;
  /** Default {@link defaultExecution}. */
  execution?: Execution;
  /** Begin anew: what the directory holds is moved to `<directory>.previous`, or `.previous-2`, … */
  restart?: boolean;
}

export interface TrainingResult {
  model: GoogLeNet;
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
 * have had without the stop. Ctrl-C, or a notebook's stop button, ends it after the step under way.
 *
 * @throws RangeError for a constant that cannot be used, on this device for one
 * @throws OutOfMemoryError for a batch that does not fit, with the batch size to try
 * @throws Error if the directory holds a run of other constants or of more epochs, if another
 *   process trains there, or if it cannot be written to; if the loss is no finite number any more
 */
export async function train(
  dataset: ImageDataset,
  constants: Constants,
  { directory, listener = {}, execution = defaultExecution(), restart = false }: TrainingOptions,
): Promise<TrainingResult> {
  checkConstants(constants);
  if (dataset.length !== constants.nSamples) {
    throw new RangeError(
      `nSamples is ${constants.nSamples}, but ${dataset.name} was loaded with ${dataset.length} images; load as many as the run uses`,
    );
  }
  if (execution === 'eager' && constants.precision !== 'float32') {
    throw new RangeError(
      `precision is ${constants.precision}; a step that runs op by op, as on WebGPU, computes in float32`,
    );
  }
  const files = runFiles(directory, dataset.id);
  const release = await lockDirectory(directory, {
    taken: `another process is training in ${directory}; wait for it, stop it, or choose another directory`,
  });
  const interrupt = stopOnInterrupt();
  try {
    if (restart && existsSync(directory)) await moveAside(directory);
    await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
      throw unwritable(directory, cause);
    });
    return await run(dataset, constants, files, listener, execution, interrupt.signal);
  } finally {
    interrupt.dispose();
    await release();
    listener.onEnd?.();
  }
}

async function run(
  dataset: ImageDataset,
  constants: Constants,
  files: RunFiles,
  listener: TrainingListener,
  execution: Execution,
  stop: AbortSignal,
): Promise<TrainingResult> {
  if (constants.precision === 'bfloat16' && emulatesBfloat16()) {
    listener.onMessage?.(
      'this processor has no instructions for bfloat16: float32 is several times as fast here',
    );
  }
  const { googLeNet, optimizer, history, generator } = await begin(constants, files, listener);
  let generatorState = generator;
  const resident = new ResidentDataset(dataset);
  const step = batchStep(googLeNet.model, optimizer, resident, execution, {
    precision: constants.precision,
  });
  const loader = new DataLoader(dataset, { batchSize: constants.batchSize, shuffle: true });
  const pace = new Pace((constants.epochs - history.length) * dataset.length);
  try {
    if (history.length < constants.epochs && existsSync(files.model)) {
      if (history.length === 0) {
        throw new Error(
          `${files.model} is there without its run's state, ${files.state}: restart to train anew ` +
            '(what is there is moved aside), or choose another directory',
        );
      }
      // A run of fewer epochs ended with these weights; this one goes on.
      await rename(files.model, files.checkpoint(history.length - 1));
    }
    // A run that was killed may have appended an epoch whose state was not saved.
    await writeMetrics(files.metrics, history);

    for (let epoch = history.length; epoch < constants.epochs; epoch++) {
      // Other cells of a notebook may draw from the generator between two epochs.
      defaultGenerator.setState(generatorState);
      const batches = [...loader.batches()];
      generatorState = defaultGenerator.getState();

      const metrics = await trainEpoch(step, {
        epoch,
        epochs: constants.epochs,
        batches,
        pace,
        listener,
        stop,
      });
      if (metrics === undefined) {
        listener.onMessage?.(
          `stopped in epoch ${epoch}; finished epochs saved: ${history.length}. The same run goes on from there`,
        );
        return { model: googLeNet, history, files, finished: false };
      }
      history.push(metrics);
      if (constants.checkpointEpochs.includes(epoch)) {
        await saveStateDict(googLeNet.model, files.checkpoint(epoch));
      }
      await writeState(files.state, googLeNet.model, optimizer, {
        constants,
        history,
        generator: generatorState,
      });
      await appendMetrics(files.metrics, metrics);
      listener.onEpoch?.(metrics, history);
    }
    await saveStateDict(googLeNet.model, files.model);
    return { model: googLeNet, history, files, finished: true };
  } catch (error) {
    googLeNet.model.dispose();
    throw error;
  } finally {
    step.dispose();
    resident.dispose();
    optimizer.dispose();
  }
}

/** Network and optimizer as the seed makes them, or as the files say that an earlier call left them. */
async function begin(constants: Constants, files: RunFiles, listener: TrainingListener) {
  manualSeed(constants.seed);
  const googLeNet = new GoogLeNet(3, 'cifar10');
  // Before anything else draws from it: whoever waits lets others run.
  const generator = defaultGenerator.getState();
  const optimizer = adam(constants.lr);
  try {
    const saved = await readState(files.state);
    if (!saved) return { googLeNet, optimizer, history: [] as EpochMetrics[], generator };
    await restoreState(saved, googLeNet.model, optimizer, constants);
    const history = [...saved.history];
    listener.onMessage?.(
      history.length < constants.epochs
        ? `going on after epoch ${history.length - 1}, from ${files.state}`
        : `this run has its ${history.length} epochs already, in ${files.state}: nothing is left to train. To train anew, set restart; to go on with it, set more epochs`,
    );
    return { googLeNet, optimizer, history, generator: saved.generator };
  } catch (error) {
    googLeNet.model.dispose();
    optimizer.dispose();
    throw error;
  }
}

async function moveAside(directory: string): Promise<void> {
  const previous = `${path.resolve(directory)}.previous`;
  let free = previous;
  for (let number = 2; existsSync(free); number++) free = `${previous}-${number}`;
  await rename(directory, free);
}
