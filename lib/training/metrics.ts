import { appendFile, readFile } from 'node:fs/promises';
import * as Papa from 'papaparse';
import { unwritable, writeWhole } from '../files';

/** One epoch's training metrics. */
export interface EpochMetrics {
  /** Counted from 0, as in the lecture. */
  epoch: number;
  /** Mean of the batches' losses (the lecture's `epoch_loss / len(dataloader)`). */
  loss: number;
  /** Correct predictions, made while training, over training images; 0 to 1. */
  accuracy: number;
}

const COLUMNS = ['Epoch', 'Accuracy', 'Loss'] as const;

/** The lecture's line for an epoch: `epoch 0- loss: 2.3027, accuracy: 0.1000`. */
export function epochLine({ epoch, loss, accuracy }: EpochMetrics): string {
  return `epoch ${epoch}- loss: ${loss.toFixed(4)}, accuracy: ${accuracy.toFixed(4)}`;
}

/** Writes the metrics file anew, header first, so that a reader never sees half of it. */
export async function writeMetrics(file: string, rows: readonly EpochMetrics[]): Promise<void> {
  await writeWhole(file, [COLUMNS.join(','), ...rows.map(csvRow)].join('\n') + '\n');
}

/** Adds one epoch to a metrics file that {@link writeMetrics} began. */
export async function appendMetrics(file: string, row: EpochMetrics): Promise<void> {
  await appendFile(file, csvRow(row) + '\n').catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
}

/**
 * Reads a metrics file of this library or of the lecture's PyTorch code.
 * @throws Error that names the file and the line when it is not one.
 */
export async function readMetrics(file: string): Promise<EpochMetrics[]> {
  const { data, meta } = Papa.parse<Record<string, unknown>>(await readFile(file, 'utf8'), {
    header: true,
    dynamicTyping: true,
    skipEmptyLines: true,
  });
  const missing = COLUMNS.filter((column) => !meta.fields?.includes(column));
  if (missing.length > 0) {
    throw new Error(`${file} is not a metrics file: it has no column ${missing.join(', ')}`);
  }
  return data.map(({ Epoch: epoch, Accuracy: accuracy, Loss: loss }, index) => {
    if (typeof epoch !== 'number' || typeof accuracy !== 'number' || typeof loss !== 'number') {
      throw new Error(
        `${file}, line ${index + 2}: a metrics row is three numbers (${COLUMNS.join(',')})`,
      );
    }
    return { epoch, loss, accuracy };
  });
}

function csvRow({ epoch, accuracy, loss }: EpochMetrics): string {
  return [epoch, accuracy, loss].join(',');
}
