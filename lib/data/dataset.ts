export type Split = 'train' | 'test';

/** Labelled images in memory, as bytes. */
export interface ImageDataset {
  /** For file names: `cifar10`, `generated`. */
  id: string;
  /** For titles and prints. */
  name: string;
  split: Split;
  classNames: readonly string[];
  /** [length, ...imageShape], row-major, channels last; 0 to 255. */
  images: Uint8Array;
  /** [length], 0 to classes − 1. */
  labels: Uint8Array;
  length: number;
  imageShape: readonly [height: number, width: number, channels: 3];
}
