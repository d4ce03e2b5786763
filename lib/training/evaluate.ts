import {
  cropImages,
  DataLoader,
  ResidentDataset,
  viewCrops,
  type ImageDataset,
  type View,
} from '../data';
import { compile, defaultExecution, type CompileOptions } from '../graph';
import { crossEntropyLoss, type Module } from '../nn';
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

export interface EvaluatorOptions extends CompileOptions {
  /** Images that the model takes at once; default 500. */
  batchSize?: number;
  /** What is looked at of each image; the probabilities of all are averaged. Default: the image. */
  views?: readonly View[] | undefined;
}

/** Evaluates a model on one data set, as often as its weights change. */
export interface Evaluator {
  /** Runs every image through the model once, without training it. */
  run(): Promise<Evaluation>;
  dispose(): void;
}

/** @param network maps images (B, H, W, C) in [0, 1] to logits (B, classes) */
export function evaluator(
  { model }: Module,
  dataset: ImageDataset,
  {
    batchSize = 500,
    views = [],
    execution = defaultExecution(),
    ...options
  }: EvaluatorOptions = {},
): Evaluator {
  const resident = new ResidentDataset(dataset);
  const images = Math.ceil(batchSize / Math.max(1, views.length));
  const loader = new DataLoader(dataset, { batchSize: images, shuffle: false });
  const step = compile(
    (indices: Int32Array | tf.Tensor1D) => {
      const whole = resident.images(indices);
      const logits =
        views.length > 0 ? meanOverViews(model, whole, views) : (model.apply(whole) as tf.Tensor2D);
      return {
        loss: crossEntropyLoss(logits, resident.labels(indices)),
        predicted: tf.argMax<tf.Tensor1D>(logits, 1),
      };
    },
    { ...options, execution },
  );
  return {
    async run() {
      const predictions = new Uint8Array(dataset.length);
      let lossSum = 0;
      for (const indices of loader.batches()) {
        const { loss, predicted } = await step(indices);
        lossSum += ((await loss.data())[0] ?? NaN) * indices.length;
        predictions.set(await predicted.data(), indices[0]);
        tf.dispose([loss, predicted]);
      }
      return summarize(predictions, lossSum / dataset.length, dataset);
    },
    dispose() {
      step.dispose();
      resident.dispose();
    },
  };
}

/** The logarithm of the probabilities' mean, (B, classes): logits of it. */
function meanOverViews(
  model: tf.LayersModel,
  images: tf.Tensor4D,
  views: readonly View[],
): tf.Tensor2D {
  const [count, height, width] = images.shape;
  const seen = views.map((view) => cropImages(images, viewCrops(count, [height, width], view)));
  const each = tf.logSoftmax(model.apply(tf.concat(seen)) as tf.Tensor2D);
  const byView = tf.reshape(each, [views.length, count, -1]);
  return tf.sub(tf.logSumExp(byView, 0), Math.log(views.length));
}

/**
 * Runs every image through the model once, without training it.
 *
 * @param network maps images (B, H, W, C) in [0, 1] to logits (B, classes)
 */
export async function evaluate(network: Module, dataset: ImageDataset): Promise<Evaluation> {
  const once = evaluator(network, dataset);
  try {
    return await once.run();
  } finally {
    once.dispose();
  }
}

function summarize(
  predictions: Uint8Array,
  loss: number,
  { labels, classNames, length }: ImageDataset,
): Evaluation {
  const classes = classNames.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  predictions.forEach((prediction, index) => {
    const row = confusion[labels[index] ?? NaN];
    if (row) row[prediction] = (row[prediction] ?? 0) + 1;
  });
  const correct = confusion.map((row, label) => row[label] ?? 0);
  const images = confusion.map(sum);
  return {
    loss,
    accuracy: sum(correct) / length,
    perClassAccuracy: correct.map((count, label) => count / (images[label] ?? 0)),
    confusion,
    predictions,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
