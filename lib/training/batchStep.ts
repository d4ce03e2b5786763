import type { ResidentDataset } from '../data';
import { compile, type CompileOptions } from '../graph';
import { tf } from '../runtime';
import { trainStep } from './step';

/**
 * How a step runs: as one TensorFlow graph, or op by op as TensorFlow.js does by itself. The
 * numbers are equal up to rounding; the graph is faster and leaves the event loop free.
 */
export type Execution = 'graph' | 'eager';

/** A training step that takes the indices of a batch and tells what it found, as numbers. */
export interface BatchStep {
  /** @param indices of the batch's images in the data set, (B,) */
  run(indices: Int32Array): Promise<{ loss: number; correct: number }>;
  dispose(): void;
}

/** The training step of `model` on images of `resident`, executed as told. */
export function batchStep(
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  resident: ResidentDataset,
  execution: Execution,
  options: CompileOptions = {},
): BatchStep {
  const eager = (indices: tf.Tensor1D) =>
    tf.tidy(() => ({
      ...trainStep(model, optimizer, resident.images(indices), resident.labels(indices)),
    }));
  const compiled = execution === 'graph' ? compile(eager, options) : undefined;
  return {
    async run(indices) {
      const batch = tf.tensor1d(indices, 'int32');
      const { loss, correct } = await (compiled ?? eager)(batch);
      try {
        return { loss: (await loss.data())[0] ?? NaN, correct: (await correct.data())[0] ?? NaN };
      } finally {
        tf.dispose([batch, loss, correct]);
      }
    },
    dispose() {
      compiled?.dispose();
    },
  };
}
