import { open } from 'node:fs/promises';

/**
 * The layout of CIFAR-10's binary version: a file is a row of records, each one byte of label and
 * 32×32 pixels as three planes (red, green, blue), row by row.
 */
export const SIDE = 32;
export const CHANNELS = 3;
export const IMAGE_BYTES = SIDE * SIDE * CHANNELS;
const RECORD_BYTES = 1 + IMAGE_BYTES;
const PLANE = SIDE * SIDE;

/** Images and labels, image after image, channels last. */
export interface Records {
  images: Uint8Array;
  labels: Uint8Array;
}

/**
 * Reads the first records of a file.
 *
 * @param count how many
 * @param recordsInFile how many the file must hold
 * @throws Error that names the file, what is wrong with it and what to do
 */
export async function readRecords(
  file: string,
  count: number,
  recordsInFile: number,
  classes: number,
): Promise<Records> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new Error(`${file} cannot be opened: ${(cause as Error).message}`, { cause });
  });
  try {
    const expected = recordsInFile * RECORD_BYTES;
    const { size } = await handle.stat();
    if (size !== expected) {
      throw new Error(
        `${file} has ${size} bytes, ${size < expected ? 'cut short' : 'too many'}: ${recordsInFile} images take ${expected}. Delete it and get it again`,
      );
    }
    const bytes = Buffer.alloc(count * RECORD_BYTES);
    // One read may bring less than was asked for.
    for (let have = 0; have < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, have, bytes.length - have, have);
      if (bytesRead === 0) throw new Error(`${file} became shorter while it was read; try again`);
      have += bytesRead;
    }
    return decode(bytes, classes, file);
  } finally {
    await handle.close();
  }
}

/** Puts records together in the layout that {@link readRecords} reads. */
export function encodeRecords({ images, labels }: Records): Buffer {
  const bytes = Buffer.alloc(labels.length * RECORD_BYTES);
  labels.forEach((label, index) => {
    const record = index * RECORD_BYTES;
    bytes[record] = label;
    let byte = index * IMAGE_BYTES;
    for (let pixel = record + 1; pixel < record + 1 + PLANE; pixel++) {
      for (let plane = 0; plane < IMAGE_BYTES; plane += PLANE) {
        bytes[pixel + plane] = images[byte++] as number;
      }
    }
  });
  return bytes;
}

function decode(bytes: Buffer, classes: number, file: string): Records {
  const count = bytes.length / RECORD_BYTES;
  const images = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const record = index * RECORD_BYTES;
    const label = bytes[record] as number;
    if (label >= classes) {
      throw new Error(
        `${file}, image ${index}: label ${label} is none of the ${classes} classes. The file is damaged or of another data set; get it again`,
      );
    }
    labels[index] = label;
    let byte = index * IMAGE_BYTES;
    for (let pixel = record + 1; pixel < record + 1 + PLANE; pixel++) {
      for (let plane = 0; plane < IMAGE_BYTES; plane += PLANE) {
        images[byte++] = bytes[pixel + plane] as number;
      }
    }
  }
  return { images, labels };
}
