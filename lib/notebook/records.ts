import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';

/** Where a file of what was once trained and recorded is kept: the lecture's repository has it. */
export function recordFile(folder: 'experiments' | 'lecture-run', name: string): string {
  return path.join(PROJECT_DIRECTORY, 'data', folder, name);
}

/**
 * The text of a file that {@link recordFile} names.
 * @throws Error if it is not there
 */
export async function readRecord(file: string): Promise<string> {
  if (!existsSync(file))
    throw new Error(
      `${file} is not there: the npm package does not bring it, copy it from the lecture's repository`,
    );
  return readFile(file, 'utf8');
}
