import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { DataLoader, ResidentDataset, type ImageDataset } from '../data';
import { lockDirectory, unwritable } from '../files';
import { adam, GoogLeNet, saveStateDict } from '../nn';
import { defaultGenerator, manualSeed } from '../random';
import { emulatesBfloat16 } from '../runtime';
import { batchStep } from './batchStep';
import { checkConstants, runFiles, type Constants, type RunFiles } from './constants';
import { defaultExecution, type Execution } from './execution';
import { stopOnInterrupt } from './interrupt';
import { appendMetrics, writeMetrics, type EpochMetrics } from './metrics';
import type { TrainingListener } from './progress';
import { Pace } from './pace';
import { readState, restoreState, writeState } from './state';

export interface TrainingOptions {
  /** Where the run keeps its files; made if it is missing. */
  directory: string;
  /** Follows the run. */
  listener?: TrainingListener;
  /** Default {@link defaultExecution}. */
  execution?: Execution;
  /** Begin anew: what the directory holds is moved to `<directory>.previous`. */
  restart?: boolean;
}

export interface TrainingResult {
  model: GoogLeNet;
  history: EpochMetrics[];
  files: RunFiles;
  /** False when the run was stopped before its last epoch; the same call goes on with it. */
  finished: boolean;
}

/** Milliseconds between two reads of what the steps found; a GPU need not stop for it at every step. */
const READ_INTERVAL = 500;

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
 *   process trains there, or if it cannot be written to
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
    // It may be of a run of fewer epochs, which goes on here: those weights are in the state.
    if (history.length < constants.epochs) await rm(files.model, { force: true });
    // A run that was killed may have appended an epoch whose state was not saved.
    await writeMetrics(files.metrics, history);

    for (let epoch = history.length; epoch < constants.epochs; epoch++) {
      // Other cells of a notebook may draw from the generator between two epochs.
      defaultGenerator.setState(generatorState);
      const batches = [...loader.batches()];
      generatorState = defaultGenerator.getState();

      let lossSum = 0;
      let correctSum = 0;
      let imagesSeen = 0;
      let lastRead = -Infinity;
      let [loss, accuracy] = [NaN, NaN];
      for (const [index, indices] of batches.entries()) {
        if (stop.aborted) {
          listener.onMessage?.(
            `stopped in epoch ${epoch}; ${history.length} finished epochs are saved, and the same run goes on from there`,
          );
          return { model: googLeNet, history, files, finished: false };
        }
        await step.run(indices);
        imagesSeen += indices.length;
        if (index + 1 === batches.length || performance.now() - lastRead >= READ_INTERVAL) {
          for (const result of await step.read()) {
            lossSum += result.loss;
            correctSum += result.correct;
          }
          loss = lossSum / (index + 1);
          accuracy = correctSum / imagesSeen;
          lastRead = performance.now();
        }
        listener.onStep?.({
          epoch,
          epochs: constants.epochs,
          batch: index + 1,
          batches: batches.length,
          ...pace.step(indices.length),
          loss,
          accuracy,
        });
        await nextTurn();
      }

      const metrics = { epoch, loss, accuracy };
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
        : `this run has its ${history.length} epochs already, in ${files.state}: restart to train anew`,
    );
    return { googLeNet, optimizer, history, generator: saved.generator };
  } catch (error) {
    googLeNet.model.dispose();
    optimizer.dispose();
    throw error;
  }
}

/** Lets timers, signals and a notebook's messages have their turn: a step keeps the event loop to itself. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function moveAside(directory: string): Promise<void> {
  const previous = `${directory}.previous`;
  await rm(previous, { recursive: true, force: true });
  await rename(directory, previous);
}
