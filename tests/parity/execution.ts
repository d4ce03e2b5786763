import { compile, type TensorTree } from 'googlenet/graph';
import type { tf } from 'googlenet/runtime';

/** Work that may be done again and again; its tensors are the caller's own. */
export interface Prepared<Result> {
  run(): Promise<Result>;
  dispose(): void;
}

/** A way to compute what `work` asks for. */
export type Execution = <Result extends TensorTree & tf.TensorContainer>(
  work: () => Result,
) => Prepared<Result>;

/** Op by op, as TensorFlow.js does by itself, on the device in use. */
export const opByOp: Execution = (work) => ({
  run: () => Promise.resolve(work()),
  dispose() {
    // Nothing is kept.
  },
});

/** As one TensorFlow graph, with all its rewrites. */
export const asGraph: Execution = (work) => {
  const compiled = compile(work);
  return {
    run: () => compiled(),
    dispose() {
      compiled.dispose();
    },
  };
};

/** Does the work once. */
export async function once<Result extends TensorTree & tf.TensorContainer>(
  execution: Execution,
  work: () => Result,
): Promise<Result> {
  const prepared = execution(work);
  try {
    return await prepared.run();
  } finally {
    prepared.dispose();
  }
}
