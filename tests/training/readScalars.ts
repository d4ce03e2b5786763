import { readdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';

export interface Scalar {
  step: number;
  tag: string;
  value: number;
}

/**
 * The scalars of a log for TensorBoard, file by file in the order of their names, as
 * tensorboard/compat/proto/event.proto and summary.proto have them.
 */
export async function readScalars(directory: string): Promise<Scalar[]> {
  const names = (await readdir(directory)).sort();
  const files = await Promise.all(names.map((name) => readFile(path.join(directory, name))));
  return files.flatMap((file) => [...events(file)].flatMap(scalarsOf));
}

function* events(file: Buffer): Generator<Buffer> {
  let rest = file;
  while (rest.length >= 16) {
    const length = Number(rest.readBigUInt64LE());
    if (rest.length < length + 16) return;
    yield rest.subarray(12, 12 + length);
    rest = rest.subarray(length + 16);
  }
}

type Field = (reader: BinaryReader) => void;

function readMessage(bytes: Uint8Array, fields: Record<number, Field>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field) field(reader);
    else reader.skip(wireType);
  }
}

function scalarsOf(event: Uint8Array): Scalar[] {
  let step = 0;
  const values: { tag: string; value: number }[] = [];
  readMessage(event, {
    2: (reader) => (step = Number(reader.int64())),
    5: (reader) => {
      readMessage(reader.bytes(), { 1: (summary) => values.push(valueOf(summary.bytes())) });
    },
  });
  return values.map((value) => ({ step, ...value }));
}

function valueOf(bytes: Uint8Array): { tag: string; value: number } {
  let [tag, value] = ['', NaN];
  readMessage(bytes, {
    1: (reader) => (tag = reader.string()),
    2: (reader) => (value = reader.float()),
  });
  return { tag, value };
}
