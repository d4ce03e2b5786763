import type { ResidentDataset } from '../data';
import { compile, type CompileOptions, type Execution } from '../graph';
import { checkedByWebgpu, tf } from '../runtime';
import { isOutOfMemory, OutOfMemoryError } from './outOfMemory';
import { trainStep } from './step';

/** What a training step found in its batch, before the update. */
export interface BatchResult {
  /** Mean cross-entropy. */
  loss: number;
  /** Images classified correctly. */
  correct: number;
}

/** A training step that takes the indices of a batch and keeps on the device what it found. */
export interface BatchStep {
  /**
   * @param indices of the batch's images in the data set, (B,)
   * @throws OutOfMemoryError if the batch does not fit
   */
  run(indices: Int32Array): Promise<void>;
  /** What the steps since the last read found, in their order. */
  read(): Promise<BatchResult[]>;
  dispose(): void;
}

/** Steps whose results the device keeps. */
const KEPT = 64;

/** The training step of `model` on images of `resident`, executed as told. */
export function batchStep(
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  resident: ResidentDataset,
  execution: Execution,
  options: Omit<CompileOptions, 'execution'> = {},
): BatchStep {
  // (KEPT, 2): loss and correct predictions of the latest steps, the last one in the last row.
  const latest = tf.tidy(() => tf.variable(tf.zeros([KEPT, 2]), false));
  const step = compile(
    (indices: Int32Array | tf.Tensor1D) => {
      const { loss, correct } = trainStep(
        model,
        optimizer,
        resident.images(indices),
        resident.labels(indices),
      );
      const row = tf.stack([loss, tf.cast(correct, 'float32')]).reshape([1, 2]);
      latest.assign(tf.concat([latest.slice([1, 0], [KEPT - 1, 2]), row]));
      tf.dispose([loss, correct]);
      return {};
    },
    { ...options, execution },
  );
  let unread = 0;
  let results: BatchResult[] = [];

  async function fetchUnread(): Promise<void> {
    const values = await latest.data();
    for (let row = KEPT - unread; row < KEPT; row++) {
      results.push({ loss: values[2 * row] ?? NaN, correct: values[2 * row + 1] ?? NaN });
    }
    unread = 0;
  }

  return {
    async run(indices) {
      if (unread === KEPT) await fetchUnread();
      try {
        await checkedByWebgpu(() => step(indices));
      } catch (cause) {
        throw isOutOfMemory(cause) ? new OutOfMemoryError(indices.length, { cause }) : cause;
      }
      unread++;
    },
    async read() {
      if (unread > 0) await fetchUnread();
      const read = results;
      results = [];
      return read;
    },
    dispose() {
      step.dispose();
      latest.dispose();
    },
  };
}
