import { canCompile, compile, type CompileOptions, type TensorTree } from '../graph';
import { tf } from '../runtime';

/**
 * How a step runs: as one TensorFlow graph, or op by op as TensorFlow.js does by itself. The
 * numbers are equal up to rounding; the graph is faster and leaves the event loop free.
 */
export type Execution = 'graph' | 'eager';

/** The fastest execution of the device in use: graphs are TensorFlow's, so WebGPU runs op by op. */
export function defaultExecution(): Execution {
  return canCompile() ? 'graph' : 'eager';
}

/** A function of the indices of images, executed one way. */
export interface Executable<Result extends TensorTree> {
  /**
   * @param indices of a batch's images in the data set, (B,)
   * @returns what the function returns; the caller owns its tensors
   */
  run(indices: Int32Array): Promise<Result>;
  dispose(): void;
}

/** Makes `step` executable as told; `options` are those of a graph. */
export function executable<Result extends TensorTree & tf.TensorContainer>(
  step: (indices: Int32Array | tf.Tensor1D) => Result,
  execution: Execution,
  options: CompileOptions = {},
): Executable<Result> {
  if (execution === 'eager') {
    return {
      run: (indices) => Promise.resolve(tf.tidy(() => step(indices))),
      dispose() {
        // Nothing is kept between steps.
      },
    };
  }
  const compiled = compile(step as (indices: tf.Tensor1D) => Result, options);
  return {
    async run(indices) {
      const batch = tf.tensor1d(indices, 'int32');
      try {
        return await compiled(batch);
      } finally {
        batch.dispose();
      }
    },
    dispose() {
      compiled.dispose();
    },
  };
}
