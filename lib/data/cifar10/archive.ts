import * as path from 'node:path';
import { list, type ReadEntry } from 'tar';
import type { Form } from './description';
import { convertBatch, pythonName } from './pythonVersion';

/** Larger than any batch of either version, whose names are in it too. */
const LARGEST_BATCH = 40e6;

/** An archive of the binary or of the Python version, packed as it was downloaded (.tar.gz). */
export function archive(file: string): Form {
  return {
    location: file,
    async read(files) {
      const members = await readMembers(file, [...files, ...files.map(pythonName)]);
      return files.map((name) => {
        const binary = members.get(name);
        if (binary) return binary;
        const pickle = members.get(pythonName(name));
        if (pickle) return convertBatch(pickle, `${file}, ${pythonName(name)}`);
        throw new Error(
          `${file} does not hold ${name} or ${pythonName(name)}. Delete it and get it again`,
        );
      });
    },
  };
}

async function readMembers(file: string, names: readonly string[]): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  await list({
    file,
    strict: true,
    onReadEntry(entry) {
      const name = path.posix.basename(entry.path);
      if (isFile(entry) && names.includes(name))
        collect(entry, (bytes) => members.set(name, bytes));
    },
  }).catch((cause: unknown) => {
    throw new Error(
      `${file} is cut short or damaged (${(cause as Error).message}). Delete it and get it again`,
      { cause },
    );
  });
  return members;
}

function isFile({ type, size }: ReadEntry): boolean {
  return (type === 'File' || type === 'OldFile') && size <= LARGEST_BATCH;
}

function collect(entry: ReadEntry, whole: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  entry.on('data', (chunk) => chunks.push(chunk));
  entry.on('end', () => {
    whole(Buffer.concat(chunks));
  });
}
