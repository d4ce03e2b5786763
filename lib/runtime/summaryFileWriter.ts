import * as tf from 'googlenet/tfjs-node';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';

/** Writes one file of a log for TensorBoard. */
export interface SummaryFileWriter {
  scalar(name: string, value: number, step: number): void;
  /** Hands all that was written to the file, in one piece. */
  flush(): void;
  close(): void;
}

/** Nothing reaches the file between two calls of `flush`. */
const NEVER = { queue: 2 ** 20, milliseconds: 2 ** 31 - 1 };

/**
 * What `tf.node.summaryFileWriter` makes, but with an end: that one keeps a folder's writer as long
 * as the process lives, though the folder may have been moved.
 *
 * @param directory made if it is missing
 * @param suffix of the file's name, before which stand the second and the host: one that no other
 *   file there has, since a file of the same name is overwritten
 * @throws Error unless operations run on TensorFlow's C library, or if the file cannot be written
 */
export function summaryFileWriter(directory: string, suffix: string): SummaryFileWriter {
  const backend = tf.backend() as NodeJSKernelBackend;
  const writer = tf.tidy(() => {
    const resource = backend.summaryWriter(directory);
    const { queue, milliseconds } = NEVER;
    backend.createSummaryFileWriter(resource, directory, queue, milliseconds, suffix);
    return resource;
  });
  return {
    scalar(name, value, step) {
      backend.writeScalarSummary(writer, step, name, value);
    },
    flush() {
      backend.flushSummaryWriter(writer);
    },
    close() {
      backend.executeMultipleOutputs('CloseSummaryWriter', [], [writer], 0);
      writer.dispose();
    },
  };
}
