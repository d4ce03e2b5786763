import { readFile } from 'node:fs/promises';
import { fromHalf, toHalf, type HalfDtype } from './halfPrecision';
import { writeWhole } from './writeWhole';

/**
 * The safetensors format, which PyTorch users read and write with the Python package of that
 * name: eight bytes with the length of a header, the header as JSON (each tensor's type, shape and
 * place), then the tensors' numbers.
 *
 * Source: the format's description in the safetensors repository.
 */

/**
 * A tensor of a file, row-major; the kind of array says the type of its numbers. Where `half` is
 * set they take two bytes each in the file: read, they are exact in float32; written, rounded.
 */
export interface SafetensorsTensor {
  shape: readonly number[];
  data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;
  half?: HalfDtype;
}

/** What a file holds. */
export interface SafetensorsFile {
  tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** Free text under names of one's own. */
  metadata?: Readonly<Record<string, string>>;
}

const ARRAYS = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  I64: BigInt64Array,
  U8: Uint8Array,
} as const;

const HALF_BYTES = 2;

type Dtype = keyof typeof ARRAYS | HalfDtype;

const DTYPES: readonly string[] = [...Object.keys(ARRAYS), 'F16', 'BF16'];

const LENGTH_BYTES = 8;
/** The limit of the reference implementation; a longer "header" is a sign of another format. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

/** The type of a tensor's numbers, by the format's name: F32, F64, I32, I64, U8, F16 or BF16. */
export function dtypeOf(tensor: SafetensorsTensor): string {
  if (tensor.half !== undefined) return tensor.half;
  return Object.entries(ARRAYS).find(([, array]) => tensor.data instanceof array)?.[0] ?? 'unknown';
}

/** Bytes that a number of the tensor takes in a file. */
function numberBytes({ data, half }: SafetensorsTensor): number {
  return half === undefined ? data.BYTES_PER_ELEMENT : HALF_BYTES;
}

function bytesOf({ data, half }: SafetensorsTensor): Uint8Array {
  if (half !== undefined) return toHalf(half, data as Float32Array);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Whether text can be written as UTF-8: no half of a surrogate pair stands alone. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/**
 * Writes a safetensors file: whole or not at all, an older file of that name stays until then.
 *
 * @throws Error if a tensor's shape and data do not fit together, a name is not valid Unicode or
 *   the format's own `__metadata__`, or the file cannot be written
 */
export async function writeSafetensors(path: string, file: SafetensorsFile): Promise<void> {
  const cannotWrite = (reason: string) => new Error(`Cannot write ${path}: ${reason}.`);
  const header: [name: string, entry: unknown][] = [];
  if (file.metadata) {
    for (const [name, text] of Object.entries(file.metadata)) {
      if (typeof text !== 'string') {
        throw cannotWrite(`the metadata ${name} is no text, but ${typeof text}`);
      }
      if (![name, text].every(isWellFormed)) {
        throw cannotWrite(`the metadata ${JSON.stringify(name)} is no valid Unicode`);
      }
    }
    header.push([METADATA, file.metadata]);
  }
  const parts: Uint8Array[] = [];
  let offset = 0;
  // The widest numbers first, so that every tensor starts at a multiple of its numbers' width.
  const entries = [...file.tensors].sort(([, a], [, b]) => numberBytes(b) - numberBytes(a));
  for (const [name, tensor] of entries) {
    const { shape, data } = tensor;
    const dtype = dtypeOf(tensor);
    if (name === METADATA) throw cannotWrite(`the format keeps the name ${METADATA} for itself`);
    if (!isWellFormed(name)) throw cannotWrite(`${JSON.stringify(name)} is no valid Unicode`);
    if (!isDtype(dtype)) {
      throw cannotWrite(`${name} has numbers of another type than ${DTYPES.join(', ')}`);
    }
    if (tensor.half !== undefined && !(data instanceof Float32Array)) {
      throw cannotWrite(`${name} is to be ${dtype}, but is no Float32Array`);
    }
    if (!isSizes(shape)) throw cannotWrite(`${name} has the shape [${String(shape)}]`);
    if (sizeOf(shape) !== data.length) {
      throw cannotWrite(
        `${name} has ${data.length} numbers, but its shape [${shape.join(', ')}] is for ${sizeOf(shape)}`,
      );
    }
    const bytes = bytesOf(tensor);
    header.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }]);
    parts.push(bytes);
    offset += bytes.length;
  }
  // Not by assignment, which makes a name like __proto__ no entry.
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  if (json.length > MAX_HEADER_BYTES) {
    throw cannotWrite(
      `its names take ${json.length} bytes, more than the ${MAX_HEADER_BYTES} that a header may have`,
    );
  }
  const padding = Buffer.alloc((LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES, ' ');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.length + padding.length));
  await writeWhole(path, Buffer.concat([length, json, padding, ...parts]));
}

/**
 * Reads a safetensors file.
 *
 * @throws Error if the file cannot be read, or as {@link parseSafetensors}
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return parseSafetensors(path, await readFile(path));
}

/**
 * What the bytes of a safetensors file hold.
 *
 * @param path of the file, for messages
 * @throws Error if it is no safetensors file, is cut off, or holds numbers of a type other than F32,
 *   F64, I32, I64, U8, F16 and BF16
 */
export function parseSafetensors(path: string, bytes: Uint8Array): SafetensorsFile {
  const { header, data } = split(path, bytes);
  const tensors = new Map<string, SafetensorsTensor>();
  const ends: [number, number][] = [];
  let metadata: Record<string, string> | undefined;
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = asMetadata(path, entry);
      continue;
    }
    const { dtype, shape, begin, end } = asEntry(path, name, entry);
    const half = dtype === 'F16' || dtype === 'BF16';
    const width = half ? HALF_BYTES : ARRAYS[dtype].BYTES_PER_ELEMENT;
    const expected = sizeOf(shape) * width;
    if (end - begin !== expected) {
      throw new Error(
        `${path} is damaged: ${name} has ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] takes ${expected}.`,
      );
    }
    if (end > data.length) {
      throw new Error(
        `${path} is cut off: ${name} ends at byte ${end} of the data, of which ${data.length} are there. Copy or save the file anew.`,
      );
    }
    // A copy, since a typed array must start at a multiple of its numbers' width.
    const { buffer } = Uint8Array.from(data.subarray(begin, end));
    tensors.set(
      name,
      half
        ? { shape, data: fromHalf(dtype, buffer), half: dtype }
        : { shape, data: new ARRAYS[dtype](buffer) },
    );
    ends.push([begin, end]);
  }
  checkCoverage(path, ends, data.length);
  return metadata ? { tensors, metadata } : { tensors };
}

function notSafetensors(path: string, reason: string, cause?: unknown): Error {
  return new Error(`${path} is not a safetensors file: ${reason}.`, { cause });
}

function split(
  path: string,
  bytes: Uint8Array,
): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw notSafetensors(path, `it has ${bytes.length} bytes only`);
  }
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (headerLength > MAX_HEADER_BYTES) {
    throw notSafetensors(path, 'it does not start with the length of a header');
  }
  const dataStart = LENGTH_BYTES + Number(headerLength);
  if (dataStart > bytes.length) {
    throw new Error(
      `${path} is cut off: its header takes ${headerLength.toString()} bytes, but the file ends after ${bytes.length - LENGTH_BYTES} of them. Copy or save the file anew.`,
    );
  }
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { ignoreBOM: true });
    header = JSON.parse(text.decode(bytes.subarray(LENGTH_BYTES, dataStart)));
  } catch (error) {
    throw notSafetensors(path, 'its header is no JSON', error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw notSafetensors(path, 'its header is no JSON object');
  }
  return { header: header as Record<string, unknown>, data: bytes.subarray(dataStart) };
}

function asMetadata(path: string, entry: unknown): Record<string, string> {
  if (
    typeof entry !== 'object' ||
    entry === null ||
    !Object.values(entry).every((value) => typeof value === 'string')
  ) {
    throw notSafetensors(path, `its ${METADATA} does not map names to text`);
  }
  return entry as Record<string, string>;
}

function asEntry(
  path: string,
  name: string,
  entry: unknown,
): { dtype: Dtype; shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets)) {
    throw notSafetensors(path, `its entry for ${name} lacks a type, a shape or a place`);
  }
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || begin > end) {
    throw notSafetensors(path, `its entry for ${name} has the place [${offsets.join(', ')}]`);
  }
  if (!isDtype(dtype)) {
    throw new Error(
      `${path}: ${name} is of type ${dtype}, but only ${DTYPES.join(', ')} can be read. In PyTorch, .float() makes F32 of it.`,
    );
  }
  return { dtype, shape, begin, end };
}

function isDtype(name: string): name is Dtype {
  return DTYPES.includes(name);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The format wants the tensors side by side, without gaps, overlaps or a rest. */
function checkCoverage(path: string, places: [number, number][], length: number): void {
  let covered = 0;
  for (const [begin, end] of places.sort(([a, aEnd], [b, bEnd]) => a - b || aEnd - bEnd)) {
    if (begin !== covered) {
      throw new Error(`${path} is damaged: its tensors overlap or leave a gap at byte ${covered}.`);
    }
    covered = end;
  }
  if (covered !== length) {
    throw new Error(`${path} is damaged: ${length - covered} bytes follow its last tensor.`);
  }
}
