import { TensorFlowError } from '../graph';
import { GpuMemoryError } from '../runtime';

/** TF_RESOURCE_EXHAUSTED of tensorflow/c/tf_status.h. */
const RESOURCE_EXHAUSTED = 8;

/** The device's memory does not hold a batch; a smaller one may fit. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';

  /** @param batchSize images in the batch that did not fit */
  constructor(batchSize: number, options?: ErrorOptions) {
    super(
      batchSize > 1
        ? `the memory does not hold what a batch of ${batchSize} images needs: try a batch size of ${Math.floor(batchSize / 2)}`
        : 'the memory does not hold what a batch of one image needs: end other programs that hold memory',
      options,
    );
  }
}

/** Whether TensorFlow, in a graph or op by op, or WebGPU says that memory ran out. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof GpuMemoryError) return true;
  if (error instanceof TensorFlowError) return error.code === RESOURCE_EXHAUSTED;
  // The addon has no error of its own: it writes the code into the message.
  return (
    error instanceof Error && error.message.startsWith(`Invalid TF_Status: ${RESOURCE_EXHAUSTED}\n`)
  );
}
