import type { ResidentDataset } from '../data';
import { compile, type ArgumentTree } from '../graph';
import { adam, crossEntropyLoss } from '../nn';
import { tf } from '../runtime';
import { countCorrect, trainStep, type StepResult } from '../training';
import type { LibrarySettings } from './protocol';

/** A step's numbers, read back. */
export interface StepNumbers {
  loss: number;
  correct: number;
}

/** This library's training step, run as the settings say. */
export interface TrainingSteps {
  /** On a batch that is already on the device. */
  step(images: tf.Tensor4D, labels: tf.Tensor1D): Promise<StepNumbers>;
  /** On the images with these indices: gathered, scaled, then as `step`. */
  indexStep(indices: Int32Array): Promise<StepNumbers>;
}

/** Training of `model` with Adam on cross-entropy. */
export function buildTraining(
  model: tf.LayersModel,
  learningRate: number,
  settings: LibrarySettings,
  data: ResidentDataset,
): TrainingSteps {
  const optimizer = adam(learningRate);
  const step = runAs(settings, (images: tf.Tensor4D, labels: tf.Tensor1D) =>
    inOrder(trainStep(model, optimizer, images, labels)),
  );
  const indexStep = runAs(settings, (indices: Int32Array | tf.Tensor1D) =>
    inOrder(trainStep(model, optimizer, data.images(indices), data.labels(indices))),
  );
  return {
    step: async (images, labels) => read(await step(images, labels)),
    indexStep: async (indices) => read(await indexStep(indices)),
  };
}

/** Loss and correct predictions of `model` on images of `data`. */
export function buildEvaluation(
  model: tf.LayersModel,
  settings: LibrarySettings,
  data: ResidentDataset,
): (indices: Int32Array) => Promise<StepNumbers> {
  const evaluate = runAs(settings, (indices: Int32Array | tf.Tensor1D) => {
    const labels = data.labels(indices);
    const logits = model.apply(data.images(indices)) as tf.Tensor2D;
    return [crossEntropyLoss(logits, labels), countCorrect(logits, labels)];
  });
  return async (indices) => read(await evaluate(indices));
}

/** The logits of a batch, in JavaScript's memory. */
export function buildInference(
  model: tf.LayersModel,
  settings: LibrarySettings,
): (images: tf.Tensor4D) => Promise<Float32Array> {
  const infer = runAs(settings, (images: tf.Tensor4D) => [model.apply(images) as tf.Tensor2D]);
  return async (images) => {
    const [logits] = await infer(images);
    if (!logits) throw new TypeError('the model gave no logits');
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    return values;
  };
}

/** The computation, run as the settings say. */
function runAs<Args extends readonly ArgumentTree[]>(
  { graph, bfloat16 }: LibrarySettings,
  step: (...args: Args) => tf.Tensor[],
): (...args: Args) => Promise<tf.Tensor[]> {
  return compile(step, {
    execution: graph ? 'graph' : 'eager',
    precision: bfloat16 ? 'bfloat16' : 'float32',
  });
}

function inOrder({ loss, correct }: StepResult): tf.Tensor[] {
  return [loss, correct];
}

async function read(results: tf.Tensor[]): Promise<StepNumbers> {
  const [loss = NaN, correct = NaN] = await Promise.all(
    results.map(async (result) => (await result.data())[0]),
  );
  tf.dispose(results);
  return { loss, correct };
}
