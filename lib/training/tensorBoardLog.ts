import { readdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { unwritable } from '../files';
import { nodeBackendInUse, summaryFileWriter, type SummaryFileWriter } from '../runtime';
import type { EpochRecord } from './epochRecord';

/** What TensorBoard shows of an epoch, under the names of PyTorch's `SummaryWriter` tutorial. */
function scalars(record: EpochRecord): [name: string, value: number][] {
  const { loss, accuracy, validationLoss, validationAccuracy, learningRate } = record;
  return Object.entries({
    'Loss/train': loss,
    'Loss/validation': validationLoss,
    'Accuracy/train': accuracy,
    'Accuracy/validation': validationAccuracy,
    'Learning rate': learningRate,
  }).filter((entry): entry is [string, number] => entry[1] !== undefined);
}

/** A run's log for TensorBoard, in which each finished epoch is a step. */
export class TensorBoardLog {
  private writer: SummaryFileWriter | undefined;

  private constructor(
    private readonly directory: string,
    private readonly logged: Set<number>,
  ) {}

  /**
   * The log in `directory`, which need not be there.
   * @returns undefined, and a message, where TensorFlow, which writes it, is not what computes
   */
  static async open(
    directory: string,
    onMessage: (message: string) => void,
  ): Promise<TensorBoardLog | undefined> {
    if (!nodeBackendInUse()) {
      onMessage(
        "no log for TensorBoard: TensorFlow's C library writes it, and another backend computes here",
      );
      return undefined;
    }
    return new TensorBoardLog(directory, await loggedSteps(directory));
  }

  /** Writes those epochs that the log does not have yet. */
  write(history: readonly EpochRecord[]): void {
    try {
      for (const record of history.filter(({ epoch }) => !this.logged.has(epoch))) {
        this.writer ??= summaryFileWriter(this.directory, `.from-epoch-${record.epoch}.v2`);
        for (const [name, value] of scalars(record)) {
          this.writer.scalar(name, value, record.epoch);
        }
        this.logged.add(record.epoch);
      }
      this.writer?.flush();
    } catch (cause) {
      throw unwritable(this.directory, cause);
    }
  }

  close(): void {
    this.writer?.close();
  }
}

/** The steps of all values in the files of a log. */
async function loggedSteps(directory: string): Promise<Set<number>> {
  const names = await readdir(directory).catch(() => []);
  const steps = new Set<number>();
  for (const name of names.filter((name) => name.includes('tfevents'))) {
    for (const event of tfRecords(await readFile(path.join(directory, name)))) {
      const step = stepOf(event);
      if (step !== undefined) steps.add(step);
    }
  }
  return steps;
}

/**
 * The records of a file in TensorFlow's TFRecord format: a length of 8 bytes, its checksum of 4, the
 * data, their checksum of 4. One that is cut off, as by a kill, is none.
 */
function* tfRecords(file: Buffer): Generator<Buffer> {
  const [header, footer] = [12, 4];
  for (let at = 0; at + header <= file.length;) {
    const start = at + header;
    const end = start + Number(file.readBigUInt64LE(at));
    if (end + footer > file.length) return;
    yield file.subarray(start, end);
    at = end + footer;
  }
}

// Field numbers of tensorflow/core/util/event.proto.
const stepField = 2;
const summaryField = 5;

/** The step of an event that has values; that of step 0 has no such field. */
function stepOf(event: Uint8Array): number | undefined {
  const reader = new BinaryReader(event);
  let step = 0;
  let hasValues = false;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    hasValues ||= field === summaryField;
    if (field === stepField) step = Number(reader.int64());
    else reader.skip(wireType);
  }
  return hasValues ? step : undefined;
}
