import type { ResidentDataset } from '../data';
import { compile, type CompileOptions } from '../graph';
import { checkedByWebgpu, tf } from '../runtime';
import { isOutOfMemory, OutOfMemoryError } from './outOfMemory';
import { trainStep, type StepResult } from './step';

/** A training step on a batch of a data set. */
export interface BatchStep {
  /**
   * @param indices of the batch's images in the data set, (B,)
   * @returns scalars on the device that the caller disposes of
   * @throws OutOfMemoryError if the batch does not fit
   */
  (indices: Int32Array): Promise<StepResult>;
  dispose(): void;
}

/** The training step of `model` on images of `resident`, compiled as told. */
export function batchStep(
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  resident: ResidentDataset,
  options: CompileOptions = {},
): BatchStep {
  const step = compile(
    (indices: Int32Array | tf.Tensor1D) =>
      trainStep(model, optimizer, resident.images(indices), resident.labels(indices)),
    options,
  );
  const run = async (indices: Int32Array): Promise<StepResult> => {
    try {
      return await checkedByWebgpu(() => step(indices));
    } catch (cause) {
      throw isOutOfMemory(cause) ? new OutOfMemoryError(indices.length, { cause }) : cause;
    }
  };
  return Object.assign(run, {
    dispose() {
      step.dispose();
    },
  });
}
