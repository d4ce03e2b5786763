import { DataLoader, ResidentDataset, type ImageDataset } from '../data';
import { crossEntropyLoss } from '../nn';
import { tf } from '../runtime';

/** How a model does on a data set. */
export interface Evaluation {
  /** Mean cross-entropy over the images. */
  loss: number;
  /** Share of images classified correctly, 0 to 1. */
  accuracy: number;
  /** The same for the images of each class; NaN for a class without images. */
  perClassAccuracy: number[];
  /** `confusion[label][prediction]`: number of images. */
  confusion: number[][];
  /** The predicted class of each image, in the data set's order. */
  predictions: Uint8Array;
}

const EVALUATION_BATCH = 500;

/**
 * Runs every image through the model once, without training it.
 *
 * @param model maps images (B, H, W, C) in [0, 1] to logits (B, classes)
 */
export async function evaluate(model: tf.LayersModel, dataset: ImageDataset): Promise<Evaluation> {
  const classes = dataset.classNames.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const predictions = new Uint8Array(dataset.length);
  const resident = new ResidentDataset(dataset);
  let lossSum = 0;
  try {
    const loader = new DataLoader(dataset, { batchSize: EVALUATION_BATCH, shuffle: false });
    for (const indices of loader.batches()) {
      const [loss, predicted] = tf.tidy((): [tf.Scalar, tf.Tensor1D] => {
        const logits = model.apply(resident.images(indices)) as tf.Tensor2D;
        return [crossEntropyLoss(logits, resident.labels(indices)), tf.argMax(logits, 1)];
      });
      lossSum += ((await loss.data())[0] ?? NaN) * indices.length;
      predictions.set(await predicted.data(), indices[0]);
      tf.dispose([loss, predicted]);
    }
  } finally {
    resident.dispose();
  }

  predictions.forEach((prediction, index) => {
    const row = confusion[dataset.labels[index] ?? NaN];
    if (row) row[prediction] = (row[prediction] ?? 0) + 1;
  });
  const correct = confusion.map((row, label) => row[label] ?? 0);
  const images = confusion.map(sum);
  return {
    loss: lossSum / dataset.length,
    accuracy: sum(correct) / dataset.length,
    perClassAccuracy: correct.map((count, label) => count / (images[label] ?? 0)),
    confusion,
    predictions,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
