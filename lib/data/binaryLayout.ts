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
 * Takes the first records out of the bytes of a file.
 *
 * @param count how many
 * @param recordsInFile how many the file must hold
 * @param file for messages
 * @throws Error that names the file, what is wrong with it and what to do
 */
export function decodeRecords(
  bytes: Buffer,
  count: number,
  recordsInFile: number,
  classes: number,
  file: string,
): Records {
  const expected = recordsInFile * RECORD_BYTES;
  if (bytes.length !== expected) {
    throw new Error(
      `${file} has ${bytes.length} bytes, ${bytes.length < expected ? 'cut short' : 'too many'}: ${recordsInFile} images take ${expected}. Delete it and get it again`,
    );
  }
  return decode(bytes.subarray(0, count * RECORD_BYTES), classes, file);
}

/**
 * Puts records together from labels and images whose planes lie as in the layout.
 * @param planes [images, 3, 32, 32], row-major
 */
export function joinRecords(labels: Uint8Array, planes: Buffer): Buffer {
  const bytes = Buffer.alloc(labels.length * RECORD_BYTES);
  labels.forEach((label, index) => {
    bytes[index * RECORD_BYTES] = label;
    planes.copy(bytes, index * RECORD_BYTES + 1, index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES);
  });
  return bytes;
}

/** Puts records together in the layout that {@link decodeRecords} reads. */
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
