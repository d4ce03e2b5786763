import type { ImageDataset } from './dataset';

/** The images of a data set from place `start` to before place `end` (`torch.utils.data.Subset`). */
export function subset(dataset: ImageDataset, start: number, end = dataset.length): ImageDataset {
  const size = dataset.imageShape.reduce((product, side) => product * side, 1);
  return {
    ...dataset,
    images: dataset.images.subarray(start * size, end * size),
    labels: dataset.labels.subarray(start, end),
    length: end - start,
  };
}
