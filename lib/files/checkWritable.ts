import { rm, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { partialName } from './partial';
import { unwritable } from './unwritable';

/**
 * Finds out whether a file can be written, before hours are spent on what is to be in it. What is
 * there stays as it is.
 * @throws Error that names the file and what is wrong
 */
export async function checkWritable(file: string): Promise<void> {
  const probe = partialName(file);
  try {
    const there = await stat(path.resolve(file)).catch(() => undefined);
    if (there?.isDirectory()) throw new Error('it is a folder');
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw unwritable(file, error);
  }
}
