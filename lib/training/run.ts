import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import * as path from 'node:path';
import type { ImageDataset } from '../data';
import { lockDirectory, unwritable } from '../files';
import { adam, saveStateDict, type Module } from '../nn';
import { defaultGenerator, manualSeed, type GeneratorState } from '../random';
import type { tf } from '../runtime';
import { withDefaults, type Constants } from './constants';
import { bestEpoch, isFinished } from './earlyStopping';
import type { EpochRecord, EpochTime } from './epochRecord';
import { learningRate } from './learningRate';
import { appendLog, readLog, writeLog } from './log';
import { appendMetrics, writeMetrics, type EpochMetrics } from './metrics';
import { appendStart } from './runConfig';
import type { RunFiles } from './runFiles';
import { readState, restoreState, writeState } from './state';
import { TensorBoardLog } from './tensorBoardLog';

/** Network and optimizer as the seed makes them, or as the files say that an earlier call left them. */
interface Beginning<Network> {
  network: Network;
  optimizer: tf.AdamOptimizer;
  history: EpochMetrics[];
  generator: GeneratorState;
}

/** How a run is opened. */
export interface OpenOptions<Network> {
  /** Makes the network; its weights come from the default generator, which is seeded before. */
  network: () => Network;
  /** Begin anew: what the directory holds is moved to `<directory>.previous`, or `.previous-2`, … */
  restart: boolean;
  /** Keep a log for TensorBoard. */
  tensorBoard: boolean;
  onMessage: (message: string) => void;
}

/** A training run in its directory. Whoever has it open holds the directory's lock. */
export class Run<Network extends Module> {
  readonly network: Network;
  readonly optimizer: tf.AdamOptimizer;
  /** Metrics of the finished epochs. */
  readonly history: EpochMetrics[];
  private generator: GeneratorState;

  private constructor(
    readonly constants: Constants,
    readonly files: RunFiles,
    private readonly release: () => Promise<void>,
    private readonly tensorBoard: TensorBoardLog | undefined,
    /** By the epoch; not in the state, where a resumed run's bytes are those of one never stopped. */
    private readonly times: Map<number, Partial<EpochTime>>,
    { network, optimizer, history, generator }: Beginning<Network>,
  ) {
    this.network = network;
    this.optimizer = optimizer;
    this.history = history;
    this.generator = generator;
  }

  /**
   * A new run, or the one that the directory holds after its last finished epoch.
   *
   * @throws Error if the directory holds a run of other constants or of more epochs, if another
   *   process trains there, or if it cannot be written to
   */
  static async open<Network extends Module>(
    files: RunFiles,
    constants: Constants,
    dataset: ImageDataset,
    { network, restart, tensorBoard, onMessage }: OpenOptions<Network>,
  ): Promise<Run<Network>> {
    const { directory } = files;
    const release = await lockDirectory(directory, {
      taken: `another process is training in ${directory}; wait for it, stop it, or choose another directory`,
    });
    try {
      if (restart && existsSync(directory)) await moveAside(directory);
      await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
        throw unwritable(directory, cause);
      });
      const log = tensorBoard ? await TensorBoardLog.open(files.tensorBoard, onMessage) : undefined;
      const times = new Map((await readLog(files.log)).map((record) => [record.epoch, record]));
      const beginning = await begin(constants, files, network, onMessage);
      const run = new Run(constants, files, release, log, times, beginning);
      try {
        await run.tidy();
        if (!run.isFinished) {
          await appendStart(files.config, { firstEpoch: run.history.length, constants, dataset });
        }
      } catch (error) {
        log?.close();
        run.network.dispose();
        run.optimizer.dispose();
        throw error;
      }
      return run;
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Brings the files to what the state says, whenever an earlier call ended. */
  private async tidy(): Promise<void> {
    const { history, files } = this;
    if (!this.isFinished && existsSync(files.model)) {
      if (history.length === 0) {
        throw new Error(
          `${files.model} is there without its run's state, ${files.state}: restart to train anew ` +
            '(what is there is moved aside), or choose another directory',
        );
      }
      // A run of fewer epochs ended with these weights; this one goes on.
      await rename(files.model, files.checkpoint(history.length - 1));
    }
    // A run that was killed may have saved no more of its last epoch than the state, or have
    // appended an epoch whose state was not saved.
    await this.keepBest();
    await writeMetrics(files.metrics, history);
    await writeLog(files.log, this.records());
    this.tensorBoard?.write(this.records());
  }

  /** The finished epochs. */
  private records(): EpochRecord[] {
    return this.history.map((metrics) => this.record(metrics));
  }

  private record(metrics: EpochMetrics): EpochRecord {
    const { epoch } = metrics;
    const rate = learningRate(this.constants, epoch);
    return { ...this.times.get(epoch), ...metrics, learningRate: rate };
  }

  /** Whether it has all its epochs, or was stopped early as its constants say. */
  get isFinished(): boolean {
    return isFinished(this.history, this.constants);
  }

  /** What `draw` gives with the run's own random numbers, which go on from epoch to epoch. */
  drawing<T>(draw: () => T): T {
    // Other cells of a notebook may draw from the default generator between two epochs.
    defaultGenerator.setState(this.generator);
    const drawn = draw();
    this.generator = defaultGenerator.getState();
    return drawn;
  }

  /** Saves an epoch that is finished: after a kill the run goes on behind it. */
  async save(metrics: EpochMetrics, time: EpochTime): Promise<void> {
    const { network, optimizer, history, files, constants, generator } = this;
    history.push(metrics);
    this.times.set(metrics.epoch, time);
    if (constants.checkpointEpochs.includes(metrics.epoch)) {
      await saveStateDict(network, files.checkpoint(metrics.epoch));
    }
    // Before the state: of an epoch that the state has, the time is not to be lost.
    await appendLog(files.log, this.record(metrics));
    await writeState(files.state, network.trainingModel, optimizer, {
      constants,
      history,
      generator,
    });
    // After the state: another run of the epoch may not be the best again.
    await this.keepBest();
    await appendMetrics(files.metrics, metrics);
    this.tensorBoard?.write(this.records());
  }

  /** Writes the weights of the last epoch where they are the best on the validation images. */
  private async keepBest(): Promise<void> {
    const last = this.history.at(-1);
    if (last !== undefined && bestEpoch(this.history) === last) {
      await saveStateDict(this.network, this.files.best);
    }
  }

  /** Writes the weights of a run that has all its epochs. */
  async finish(): Promise<void> {
    await saveStateDict(this.network, this.files.model);
  }

  /** Lets go of the directory and the optimizer; the network stays. */
  async close(): Promise<void> {
    this.tensorBoard?.close();
    this.optimizer.dispose();
    await this.release();
  }
}

async function begin<Network extends Module>(
  constants: Constants,
  files: RunFiles,
  makeNetwork: () => Network,
  onMessage: (message: string) => void,
): Promise<Beginning<Network>> {
  manualSeed(constants.seed);
  const network = makeNetwork();
  // Before anything else draws from it: whoever waits lets others run.
  const generator = defaultGenerator.getState();
  const { lr, epsilon } = withDefaults(constants);
  const optimizer = adam(lr, { epsilon });
  try {
    const saved = await readState(files.state);
    if (!saved) return { network, optimizer, history: [], generator };
    await restoreState(saved, network.trainingModel, optimizer, constants);
    const history = [...saved.history];
    onMessage(
      !isFinished(history, constants)
        ? `going on after epoch ${history.length - 1}, from ${files.state}`
        : `this run has its ${history.length} epochs already, in ${files.state}: nothing is left to train. To train anew, set restart; to go on with it, set more epochs`,
    );
    return { network, optimizer, history, generator: saved.generator };
  } catch (error) {
    network.dispose();
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
