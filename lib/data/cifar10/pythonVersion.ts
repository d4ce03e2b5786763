import * as path from 'node:path';
import { IMAGE_BYTES, joinRecords } from '../binaryLayout';
import { readNamed } from '../directory';
import { CIFAR10, type Form } from './description';
import { PickledCall, unpickle } from './pickle';

/** A file of the Python version, by the name of the binary version's. */
export function pythonName(file: string): string {
  return path.basename(file, '.bin');
}

/** A folder of the Python version (torchvision's, Keras's): `data_batch_1` … `test_batch`, pickles. */
export function pythonVersion(directory: string): Form {
  return {
    location: directory,
    async read(files) {
      const contents: Buffer[] = [];
      for (const file of files) {
        const pickle = path.join(directory, pythonName(file));
        contents.push(convertBatch(await readNamed(pickle), pickle));
      }
      return contents;
    },
  };
}

/**
 * A batch of the Python version in the layout of the binary version. The images of both are planes
 * row by row, so that no byte changes.
 *
 * @param file for messages
 * @throws Error that names the file, what is wrong with it and what to do
 */
export function convertBatch(pickle: Buffer, file: string): Buffer {
  try {
    return convert(unpickle(pickle));
  } catch (cause) {
    throw new Error(
      `${file}: ${(cause as Error).message}. Take CIFAR-10's own file instead, as torchvision and Keras download it`,
      { cause },
    );
  }
}

function convert(batch: unknown): Buffer {
  if (!(batch instanceof Map)) throw new Error('it holds no batch of images');
  if (batch.has('fine_labels')) throw new Error('it holds CIFAR-100, another data set');
  const labels: unknown = batch.get('labels');
  const count = CIFAR10.recordsPerFile.train;
  if (!Array.isArray(labels) || labels.length !== count || !labels.every(isLabel)) {
    throw new Error(`it does not have ${count} labels from 0 to 9`);
  }
  const planes = byteArray(batch.get('data'), [count, IMAGE_BYTES]);
  return joinRecords(Uint8Array.from(labels), planes);
}

function isLabel(label: unknown): label is number {
  return typeof label === 'number' && label >= 0 && label < CIFAR10.classNames.length;
}

/** The values of a pickled `numpy.ndarray` of uint8 with this shape, row-major. */
function byteArray(array: unknown, [rows, columns]: readonly [number, number]): Buffer {
  const state = array instanceof PickledCall ? array.state : undefined;
  // ndarray.__setstate__: version, shape, dtype, whether column-major, data.
  const [, shape, dtype, columnMajor, data] = Array.isArray(state) ? (state as unknown[]) : [];
  const type: unknown =
    dtype instanceof PickledCall && Array.isArray(dtype.args) ? (dtype.args as unknown[])[0] : '';
  const matches = String(shape) === `${rows},${columns}` && String(type) === 'u1';
  if (!matches || !Buffer.isBuffer(data) || data.length !== rows * columns) {
    throw new Error(`its images are no array of ${rows}×${columns} bytes (uint8)`);
  }
  return columnMajor === true ? transpose(data, columns, rows) : data;
}

function transpose(data: Buffer, rows: number, columns: number): Buffer {
  const transposed = Buffer.alloc(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return transposed;
}
