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
  /** Mean cross-entropy over the images for validation, after the epoch. */
  validationLoss?: number;
  /** Share of them that is classified correctly, 0 to 1. */
  validationAccuracy?: number;
}

const COLUMNS = ['Epoch', 'Accuracy', 'Loss'] as const;

/**
 * The lecture's line for an epoch: `epoch 0- loss: 2.3027, accuracy: 0.1000`, with what validation
 * found behind it.
 */
export function epochLine(metrics: EpochMetrics): string {
  const { epoch, loss, accuracy, validationLoss, validationAccuracy } = metrics;
  const line = `epoch ${epoch}- loss: ${loss.toFixed(4)}, accuracy: ${accuracy.toFixed(4)}`;
  if (validationLoss === undefined || validationAccuracy === undefined) return line;
  return `${line}, validation loss: ${validationLoss.toFixed(4)}, validation accuracy: ${validationAccuracy.toFixed(4)}`;
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
 * Reads a metrics file of this library or of the lecture's PyTorch code. A last line without a line
 * end is refused: the writing of it was cut off, and a number cut short is a number too.
 * @throws Error that names the file and the line when it is not one.
 */
export async function readMetrics(file: string): Promise<EpochMetrics[]> {
  const text = (await readFile(file, 'utf8')).replace(/\r\n?/g, '\n');
  const { data, meta } = Papa.parse<Record<string, unknown>>(text, {
    header: true,
    dynamicTyping: true,
    newline: '\n',
  });
  const missing = COLUMNS.filter((column) => !meta.fields?.includes(column));
  if (missing.length > 0) {
    throw new Error(`${file} is not a metrics file: it has no column ${missing.join(', ')}`);
  }
  if (!text.endsWith('\n')) {
    throw new Error(
      `${file}, line ${data.length + 1}: the line has no line end, so it may be cut off, as by a power cut. Give the run's command again, which writes the file anew; or end the line, or take it out`,
    );
  }
  return data.flatMap((row, index) => {
    if (Object.values(row).every((value) => value === null || value === '')) return [];
    const { Epoch: epoch, Accuracy: accuracy, Loss: loss, __parsed_extra: more } = row;
    if (
      typeof epoch !== 'number' ||
      typeof accuracy !== 'number' ||
      typeof loss !== 'number' ||
      more !== undefined
    ) {
      throw new Error(
        `${file}, line ${index + 2}: a metrics row is three numbers (${COLUMNS.join(',')})`,
      );
    }
    return [{ epoch, loss, accuracy }];
  });
}

function csvRow({ epoch, accuracy, loss }: EpochMetrics): string {
  return [epoch, accuracy, loss].join(',');
}
