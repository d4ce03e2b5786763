import { readFile } from 'node:fs/promises';
import * as Papa from 'papaparse';
import { appendToTable, writeTable, type Columns } from './epochTable';

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

const COLUMNS = {
  Epoch: 'epoch',
  Accuracy: 'accuracy',
  Loss: 'loss',
} as const satisfies Columns<EpochMetrics>;

const HEADINGS = Object.keys(COLUMNS);

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
export function writeMetrics(file: string, rows: readonly EpochMetrics[]): Promise<void> {
  return writeTable<EpochMetrics>(file, COLUMNS, rows);
}

/** Adds one epoch to a metrics file that {@link writeMetrics} began. */
export function appendMetrics(file: string, row: EpochMetrics): Promise<void> {
  return appendToTable<EpochMetrics>(file, COLUMNS, row);
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
  const missing = HEADINGS.filter((column) => !meta.fields?.includes(column));
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
        `${file}, line ${index + 2}: a metrics row is three numbers (${HEADINGS.join(',')})`,
      );
    }
    return [{ epoch, loss, accuracy }];
  });
}
