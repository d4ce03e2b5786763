import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { ImageDataset } from '../data';
import { PACKAGE_DIRECTORY, PROJECT_DIRECTORY, writeWhole } from '../files';
import { findDevice, programVersions, thisMachine, type Device, type Machine } from '../runtime';
import type { Constants } from './constants';

/** What a run is trained with and where, from one start of it to the next. */
export interface RunStart {
  /** ISO 8601. */
  startedAt: string;
  /** The first epoch that is trained from this start on. */
  firstEpoch: number;
  constants: Constants;
  dataset: { id: string; name: string; images: number };
  /** The program's file, as it lies to the project's folder, and its arguments. */
  command: readonly string[];
  /** Version of each program, by name. */
  versions: Record<string, string>;
  device: Device;
  machine: Machine;
}

/**
 * Adds a start that happens now to a run's `config.json`, a list of its starts.
 * @throws Error if the file is there and is no such list
 */
export async function appendStart(
  file: string,
  { firstEpoch, constants, dataset }: StartingRun,
): Promise<void> {
  const start: RunStart = {
    startedAt: new Date().toISOString(),
    firstEpoch,
    constants,
    dataset: { id: dataset.id, name: dataset.name, images: dataset.length },
    command: [path.relative(PROJECT_DIRECTORY, process.argv[1] ?? ''), ...process.argv.slice(2)],
    versions: { ...packageVersion(), ...programVersions() },
    device: findDevice(),
    machine: thisMachine(),
  };
  const starts = [...(await readStarts(file)), start];
  await writeWhole(file, `${JSON.stringify(starts, undefined, 2)}\n`);
}

/** What of a {@link RunStart} is the run's own. */
export interface StartingRun {
  firstEpoch: number;
  constants: Constants;
  dataset: ImageDataset;
}

async function readStarts(file: string): Promise<unknown[]> {
  if (!existsSync(file)) return [];
  const text = await readFile(file, 'utf8');
  try {
    const starts: unknown = JSON.parse(text);
    if (Array.isArray(starts)) return starts as unknown[];
  } catch {
    // Reported below, as JSON of another form is.
  }
  throw new Error(
    `${file} is not the list of a run's starts; move it away, or choose another directory`,
  );
}

function packageVersion(): Record<string, string> {
  const file = path.join(PACKAGE_DIRECTORY, 'package.json');
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'name' | 'version',
    string
  >;
  return { [name]: version };
}
