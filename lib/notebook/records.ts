import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as Papa from 'papaparse';
import { PROJECT_DIRECTORY } from '../files';

/** Where a file of what was once trained and recorded is kept: the lecture's repository has it. */
export function recordFile(folder: 'experiments' | 'lecture-run', name: string): string {
  return path.join(PROJECT_DIRECTORY, 'data', folder, name);
}

/**
 * The rows of a table that {@link recordFile} names, by the names of its columns; numbers as numbers.
 * @throws Error if it is not there
 */
export async function readRecord<Row>(file: string): Promise<Row[]> {
  if (!existsSync(file))
    throw new Error(
      `${file} is not there: the npm package does not bring it, copy it from the lecture's repository`,
    );
  const text = await readFile(file, 'utf8');
  return Papa.parse<Row>(text, { header: true, dynamicTyping: true, skipEmptyLines: true }).data;
}
