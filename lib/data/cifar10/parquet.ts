import * as path from 'node:path';
import { PNG } from 'pngjs';
import { CHANNELS, encodeRecords, IMAGE_BYTES, SIDE } from '../binaryLayout';
import type { Split } from '../dataset';
import { CIFAR10, type Form } from './description';

/** The files of Hugging Face's `uoft-cs/cifar10`, in its folder `plain_text`. */
export const PARQUET_FILES: Readonly<Record<Split, string>> = {
  train: 'train-00000-of-00001.parquet',
  test: 'test-00000-of-00001.parquet',
};

/**
 * The order of their rows. They were made by a script that went through the archive of the Python
 * version in the archive's own order (huggingface/datasets, datasets/cifar10/cifar10.py).
 */
const ROW_ORDER: Readonly<Record<Split, readonly string[]>> = {
  train: [4, 3, 2, 5, 1].map((number) => `data_batch_${number}.bin`),
  test: ['test_batch.bin'],
};

/** A row: the image is a PNG, which loses nothing. */
interface Row {
  img: { bytes: Uint8Array | null } | null;
  label: bigint | number | null;
}

/** What the layout has no class for, so that the reader of records refuses it. */
const NO_LABEL = 255;

/** A folder of Hugging Face's Parquet files. */
export function parquetFiles(directory: string): Form {
  return {
    location: directory,
    async read(files) {
      const contents: Buffer[] = [];
      for (const file of files) contents.push(await readBatch(directory, file));
      return contents;
    },
  };
}

async function readBatch(directory: string, name: string): Promise<Buffer> {
  const split: Split = ROW_ORDER.test.includes(name) ? 'test' : 'train';
  const file = path.join(directory, PARQUET_FILES[split]);
  const count = CIFAR10.recordsPerFile[split];
  try {
    const start = ROW_ORDER[split].indexOf(name) * count;
    const rows = await readRows(file, count * ROW_ORDER[split].length, start, start + count);
    return convertRows(rows);
  } catch (cause) {
    throw new Error(
      `${file}: ${(cause as Error).message}. Take the file of uoft-cs/cifar10 on Hugging Face instead`,
      { cause },
    );
  }
}

async function readRows(
  name: string,
  expected: number,
  rowStart: number,
  rowEnd: number,
): Promise<Row[]> {
  // An ES module, which Node 20 lets CommonJS import but not require.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } =
    await import('hyparquet');
  const file = await asyncBufferFromFile(name);
  const metadata = await parquetMetadataAsync(file);
  const columns = metadata.schema.map((column) => column.name);
  if (columns.includes('fine_label')) throw new Error('it holds CIFAR-100, another data set');
  const missing = ['img', 'bytes', 'label'].filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new Error(`it has no column ${missing.join(', ')}`);
  if (Number(metadata.num_rows) !== expected) {
    throw new Error(`it has ${metadata.num_rows} images, not ${expected}`);
  }
  const options = { file, metadata, columns: ['img', 'label'], rowStart, rowEnd, utf8: false };
  return (await parquetReadObjects(options)) as unknown as Row[];
}

function convertRows(rows: readonly Row[]): Buffer {
  const images = new Uint8Array(rows.length * IMAGE_BYTES);
  const labels = new Uint8Array(rows.length);
  for (const [index, { img, label }] of rows.entries()) {
    images.set(decodePng(Buffer.from(img?.bytes ?? []), index), index * IMAGE_BYTES);
    labels[index] = label === null || label < 0 || label > 255 ? NO_LABEL : Number(label);
  }
  return encodeRecords({ images, labels });
}

/** @returns [32, 32, 3], 0 to 255 */
function decodePng(png: Buffer, index: number): Uint8Array {
  // Looked at before it is unpacked: a picture of another size could fill the memory.
  const [width, height] = png.length < 24 ? [] : [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (width !== SIDE || height !== SIDE) throw new Error(`image ${index} is no PNG of 32×32`);
  const { data } = PNG.sync.read(png);
  const image = new Uint8Array(IMAGE_BYTES);
  let byte = 0;
  for (let pixel = 0; pixel < data.length; pixel += 4) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      image[byte++] = data[pixel + channel] as number;
    }
  }
  return image;
}
