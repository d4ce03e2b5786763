import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';

/** float32 numbers and their shape, row-major. */
export interface NamedArray {
  shape: readonly number[];
  data: Float32Array;
}

export type NamedArrays = Record<string, NamedArray>;

export interface SafetensorsFile {
  tensors: NamedArrays;
  /** The file's `__metadata__`. */
  metadata: Record<string, string>;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const HEADER_LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** The format's own limit. */
const LONGEST_HEADER = 100_000_000;

/**
 * Writes float32 arrays as a safetensors file, atomically: the file is the old one until the new
 * one is whole.
 * @throws Error of the file system: no space, no permission
 */
export async function writeSafetensors(
  file: string,
  tensors: NamedArrays,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const chunks: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    chunks.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((ALIGNMENT - (json.length % ALIGNMENT)) % ALIGNMENT, ' ');
  const length = Buffer.alloc(HEADER_LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.length + padding.length));
  await writeFileAtomic(file, Buffer.concat([length, json, padding, ...chunks]));
}

/**
 * Reads a safetensors file of float32 tensors.
 * @throws Error that names the file and what is wrong with it: cut short, no safetensors, other numbers than float32
 */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  const bytes = await readFile(file);
  const refuse = (what: string) => new Error(`${file} cannot be read as safetensors: ${what}`);
  if (bytes.length < HEADER_LENGTH_BYTES) throw refuse(`it ends after ${bytes.length} bytes`);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > LONGEST_HEADER) throw refuse('it is another kind of file');
  const start = HEADER_LENGTH_BYTES + headerLength;
  if (start > bytes.length) throw refuse('it ends within its header; copy or download it again');
  const { __metadata__: metadata = {}, ...entries } = parseHeader(
    bytes.subarray(HEADER_LENGTH_BYTES, start),
    refuse,
  );

  const tensors: NamedArrays = {};
  for (const [name, entry] of Object.entries(entries as Record<string, HeaderEntry>)) {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (dtype !== 'F32')
      throw refuse(`${name} holds ${dtype}, only F32 is read; save it as float32`);
    const [from, to] = offsets;
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    if (start + to > bytes.length) {
      throw refuse(
        `it has ${bytes.length} bytes where ${name} ends at ${start + to}; copy or download it again`,
      );
    }
    if (to - from !== size * Float32Array.BYTES_PER_ELEMENT) {
      throw refuse(`${name} has ${to - from} bytes for the shape [${shape.join(', ')}]`);
    }
    // A copy: the numbers need not lie at a multiple of four bytes in the file.
    tensors[name] = {
      shape,
      data: new Float32Array(Uint8Array.from(bytes.subarray(start + from, start + to)).buffer),
    };
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Buffer, refuse: (what: string) => Error): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch {
    throw refuse('its header is no JSON');
  }
}
