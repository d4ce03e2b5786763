import { Console } from 'node:console';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import type { ImageDataset } from '../data';
import { checkWritable, writeWhole } from '../files';
import {
  bestCheckpoint,
  type Checkpoint,
  type Constants,
  type EpochRecord,
  type EvaluatedCheckpoint,
  type RunFiles,
} from '../training';

/** What `--json` tells of a run at its end. */
export interface Summary {
  /** False when it was stopped before its last epoch. */
  finished: boolean;
  constants: Constants;
  dataset: { id: string; name: string; images: number };
  /** How many are finished. */
  epochs: number;
  /** Wall time of this command, from its start. */
  seconds: number;
  /** Of all finished epochs, those of earlier commands too; null where one's is not known. */
  trainingSeconds: number | null;
  /** How often each test image was looked at. */
  views: number;
  /** The kept weights in the order of their epochs; evaluated once the run is finished. */
  models: Model[];
  /** The best of `models` on the test set; null until the run is finished. */
  best: Model | null;
  /** Those that are there, by what they are. */
  files: Record<string, string>;
}

interface Model {
  /** The epoch after which the weights were kept, counted from 0. */
  epoch: number;
  file: string;
  /** Mean cross-entropy over the test set. */
  testLoss: number | null;
  /** Share of the test set, 0 to 1. */
  testAccuracy: number | null;
}

/** What a {@link Summary} is made of. */
export interface EndedRun {
  constants: Constants;
  dataset: ImageDataset;
  /** Its finished epochs. */
  records: readonly EpochRecord[];
  files: RunFiles;
  /** The weights that were kept. */
  kept: readonly Checkpoint[];
  /** The same, evaluated; undefined when the run was stopped. */
  evaluated?: readonly EvaluatedCheckpoint[] | undefined;
  /** How often each test image was looked at. */
  views: number;
}

/** All of a {@link Summary} that the run itself knows. */
export type RunSummary = Omit<Summary, 'seconds'>;

export function summarize({
  constants,
  dataset,
  records,
  files,
  kept,
  evaluated,
  views,
}: EndedRun): RunSummary {
  const { id, name, length: images } = dataset;
  const seconds = records.map((record) => record.seconds ?? NaN);
  const trainingSeconds = seconds.reduce((sum, value) => sum + value, 0);
  return {
    finished: evaluated !== undefined,
    constants,
    dataset: { id, name, images },
    epochs: records.length,
    trainingSeconds: Number.isNaN(trainingSeconds) ? null : toMilliseconds(trainingSeconds),
    views,
    models: (evaluated ?? kept).map(model),
    best: evaluated ? model(bestCheckpoint(evaluated)) : null,
    files: Object.fromEntries(
      Object.entries(files)
        .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
        .filter(([, file]) => existsSync(file))
        .map(([what, file]) => [what, path.resolve(file)]),
    ),
  };
}

function model({ epoch, file, evaluation }: Checkpoint & Partial<EvaluatedCheckpoint>): Model {
  return {
    epoch,
    file: path.resolve(file),
    testLoss: evaluation?.loss ?? null,
    testAccuracy: evaluation?.accuracy ?? null,
  };
}

function toMilliseconds(seconds: number): number {
  return Number(seconds.toFixed(3));
}

/** Where a summary goes: a file's name, or `-` for standard output. */
export type Target = string;

const STANDARD_OUTPUT = '-';

/**
 * To be called before anything is printed: where the summary goes to standard output, all else is
 * printed to standard error from now on.
 * @throws Error if it is a file that cannot be written
 */
export async function prepareSummary(target: Target): Promise<void> {
  if (target === STANDARD_OUTPUT) globalThis.console = new Console(process.stderr);
  else await checkWritable(target);
}

/**
 * To be called by the command that the user gave, at its end.
 * @throws Error if the file cannot be written
 */
export async function writeSummary(target: Target, run: RunSummary): Promise<void> {
  const summary: Summary = { ...run, seconds: toMilliseconds(process.uptime()) };
  const text = `${JSON.stringify(summary, undefined, 2)}\n`;
  if (target === STANDARD_OUTPUT) process.stdout.write(text);
  else await writeWhole(target, text);
}
