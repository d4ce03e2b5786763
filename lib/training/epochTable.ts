import { appendFile } from 'node:fs/promises';
import { unwritable, writeWhole } from '../files';

/** A CSV file's columns, in order: the heading, and which field of a row stands below it. */
export type Columns<Row> = Readonly<Record<string, keyof Row>>;

/** Writes a file with a row an epoch anew, header first, so that a reader never sees half of it. */
export async function writeTable<Row>(
  file: string,
  columns: Columns<Row>,
  rows: readonly Row[],
): Promise<void> {
  const lines = [Object.keys(columns).join(','), ...rows.map((row) => csvRow(columns, row))];
  await writeWhole(file, lines.join('\n') + '\n');
}

/** Adds one epoch to a file that {@link writeTable} began. */
export async function appendToTable<Row>(
  file: string,
  columns: Columns<Row>,
  row: Row,
): Promise<void> {
  await appendFile(file, csvRow(columns, row) + '\n', { flush: true }).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
}

/** What is not known of an epoch leaves its cell empty. */
function csvRow<Row>(columns: Columns<Row>, row: Row): string {
  return Object.values(columns)
    .map((field) => String(row[field] ?? ''))
    .join(',');
}
