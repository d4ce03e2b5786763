import { rename, rm, writeFile } from 'node:fs/promises';
import { partialName } from './partial';
import { unwritable } from './unwritable';

/**
 * Writes a file whole or not at all: beside the file, flushed, then renamed. The older file of that
 * name stays until then. (Not write-file-atomic, which writes once without looking at how much was
 * written: on a full disk it puts a truncated file in the place of a good one.)
 *
 * @throws Error that names the file and what is wrong: no space, no permission
 */
export async function writeWhole(file: string, data: string | Uint8Array): Promise<void> {
  const partial = partialName(file);
  try {
    await writeFile(partial, data, { flush: true });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw unwritable(file, error);
  }
}
