import type { ImageDataset } from './dataset';

/**
 * A data set of some of another's images, in the order of `indices`.
 *
 * @throws RangeError for an index that the data set does not have
 */
export function pickImages(dataset: ImageDataset, indices: readonly number[]): ImageDataset {
  const pixels = dataset.imageShape.reduce((product, side) => product * side, 1);
  const images = new Uint8Array(indices.length * pixels);
  const labels = new Uint8Array(indices.length);
  for (const [position, index] of indices.entries()) {
    const label = dataset.labels[index];
    if (label === undefined) {
      throw new RangeError(
        `${dataset.name} has ${dataset.length} images, none with index ${index}`,
      );
    }
    images.set(dataset.images.subarray(index * pixels, (index + 1) * pixels), position * pixels);
    labels[position] = label;
  }
  return { ...dataset, images, labels, length: indices.length };
}
