import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as Papa from 'papaparse';
import type { EpochRecord } from './epochRecord';
import { appendToTable, writeTable, type Columns } from './epochTable';

/** The lecture's three, then what it does not keep. */
const COLUMNS = {
  Epoch: 'epoch',
  Accuracy: 'accuracy',
  Loss: 'loss',
  ValidationAccuracy: 'validationAccuracy',
  ValidationLoss: 'validationLoss',
  LearningRate: 'learningRate',
  Seconds: 'seconds',
  ImagesPerSecond: 'imagesPerSecond',
  FinishedAt: 'finishedAt',
} as const satisfies Columns<EpochRecord>;

/** Writes a run's log anew. */
export function writeLog(file: string, records: readonly EpochRecord[]): Promise<void> {
  return writeTable<EpochRecord>(file, COLUMNS, records);
}

/** Adds one epoch to a log that {@link writeLog} began. */
export function appendLog(file: string, record: EpochRecord): Promise<void> {
  return appendToTable<EpochRecord>(file, COLUMNS, record);
}

/**
 * Reads a run's log; none where there is no such file. A last line without a line end, as a kill can
 * leave it, is left out: its epoch is not finished.
 */
export async function readLog(file: string): Promise<EpochRecord[]> {
  if (!existsSync(file)) return [];
  const text = await readFile(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const { data } = Papa.parse<Record<string, string>>(whole, {
    header: true,
    skipEmptyLines: true,
  });
  return data.map((row) => Object.fromEntries(fields(row)) as unknown as EpochRecord);
}

/** A row's cells, those that are not empty, by the names of their fields. */
function fields(row: Record<string, string>): [name: string, value: string | number][] {
  return Object.entries(COLUMNS).flatMap(([heading, name]) => {
    const cell = row[heading] ?? '';
    return cell === '' ? [] : [[name, name === 'finishedAt' ? cell : Number(cell)]];
  });
}
