import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import * as path from 'node:path';

const PARTIAL = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial$/;

/** The name, which no other has, under which a file is written before it is whole. */
export function partialName(file: string): string {
  return `${file}.${randomUUID()}.partial`;
}

/**
 * Removes from a directory, which need not be there, what processes that were killed had not finished
 * writing. What cannot be removed stays: whoever writes there is told why.
 */
export async function clearPartials(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((name) => PARTIAL.test(name))) {
    await rm(path.join(directory, name)).catch(() => undefined);
  }
}
