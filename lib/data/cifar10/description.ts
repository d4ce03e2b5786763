import { createHash } from 'node:crypto';
import type { DatasetDescription } from '../directory';

/** CIFAR-10 (Krizhevsky, 2009): 50,000 training and 10,000 test images of ten classes. */
export const CIFAR10: DatasetDescription = {
  id: 'cifar10',
  name: 'CIFAR-10',
  classNames: [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck',
  ],
  files: {
    train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
    test: ['test_batch.bin'],
  },
  recordsPerFile: { train: 10_000, test: 10_000 },
};

/** Checksum by file. */
export type Checksums = Readonly<Record<string, string>>;

/**
 * SHA-1 of the files of the binary version, labels and decoded images, as Apache MXNet publishes
 * them (python/mxnet/gluon/data/vision/datasets.py).
 */
export const PUBLISHED: Checksums = {
  'data_batch_1.bin': 'aadd24acce27caa71bf4b10992e9e7b2d74c2540',
  'data_batch_2.bin': 'c0ba65cce70568cd57b4e03e9ac8d2a5367c1795',
  'data_batch_3.bin': '1dd00a74ab1d17a6e7d73e185b69dbf31242f295',
  'data_batch_4.bin': 'aab85764eb3584312d3c7f65fd2fd016e36a258e',
  'data_batch_5.bin': '26e2849e66a845b7f1e4614ae70f4889ae604628',
  'test_batch.bin': '67eb016db431130d61cd03c7ad570b013799c88c',
};

/** Whether files hold the published images, in their order. */
export function arePublished(
  files: readonly string[],
  contents: readonly Buffer[],
  published: Checksums,
): boolean {
  return files.every((file, index) => {
    const checksum = createHash('sha1').update(contents[index] as Buffer);
    return checksum.digest('hex') === published[file];
  });
}

/** CIFAR-10 on disk, in one of its forms. */
export interface Form {
  /** The folder or file. */
  location: string;
  /**
   * What these files of the binary version hold, whatever the form.
   * @throws Error that names the file, what is wrong with it and what to do
   */
  read(files: readonly string[]): Promise<Buffer[]>;
}
