import type { ResidentDataset } from '../data';
import type { CompileOptions } from '../graph';
import { tf } from '../runtime';
import { executable, type Execution } from './execution';
import { trainStep } from './step';

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
  const step = executable(
    (indices) => ({
      ...trainStep(model, optimizer, resident.images(indices), resident.labels(indices)),
    }),
    execution,
    options,
  );
  return {
    async run(indices) {
      const { loss, correct } = await step.run(indices);
      try {
        return { loss: (await loss.data())[0] ?? NaN, correct: (await correct.data())[0] ?? NaN };
      } finally {
        tf.dispose([loss, correct]);
      }
    },
    dispose() {
      step.dispose();
    },
  };
}
