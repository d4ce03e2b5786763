import { DataLoader, ResidentDataset, type ImageDataset } from '../data';
import { intermediateModel, type Module } from '../nn';
import { tf } from '../runtime';

/** Images that go through the network at once. */
const BATCH = 250;

/**
 * What the channels of a stage answer to each class: their activations, averaged over the positions
 * of the map and over the images of the class.
 *
 * @param network takes images (B, H, W, C) in [0, 1]
 * @param stage one of its children that return feature maps, such as `maxpool4`
 * @returns `[label][channel]`; NaN for a class without images
 * @throws Error if it has no such child, or that returns no maps
 */
export async function classActivations(
  network: Module,
  dataset: ImageDataset,
  stage: string,
): Promise<number[][]> {
  const intermediate = intermediateModel(network, [stage]);
  const resident = new ResidentDataset(dataset);
  const classes = dataset.classNames.length;
  const sums: number[][] = Array.from({ length: classes }, () => []);
  const images = new Array<number>(classes).fill(0);
  try {
    for (const indices of new DataLoader(dataset, { batchSize: BATCH, shuffle: false }).batches()) {
      const means = tf.tidy(() => {
        const maps = intermediate.apply(resident.images(indices)) as tf.Tensor4D;
        return tf.mean<tf.Tensor2D>(maps, [1, 2]);
      });
      const rows = await means.array();
      means.dispose();
      for (const [at, row] of rows.entries()) {
        const label = dataset.labels[indices[at] ?? NaN] ?? NaN;
        const sum = sums[label];
        if (!sum) continue;
        for (const [channel, value] of row.entries()) sum[channel] = (sum[channel] ?? 0) + value;
        images[label] = (images[label] ?? 0) + 1;
      }
    }
  } finally {
    resident.dispose();
  }
  const channels = Math.max(...sums.map(({ length }) => length));
  return sums.map((sum, label) =>
    Array.from({ length: channels }, (_, channel) => (sum[channel] ?? NaN) / (images[label] ?? 0)),
  );
}
