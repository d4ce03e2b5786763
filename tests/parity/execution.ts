import { compile, type TensorTree } from 'googlenet/graph';
import type { tf } from 'googlenet/runtime';

/** A way to compute: what `work` returns, as tensors of the caller's own. */
export type Execute = <Result extends TensorTree & tf.TensorContainer>(
  work: () => Result,
) => Promise<Result>;

/** Op by op, as TensorFlow.js does by itself, on the device in use. */
export const opByOp: Execute = (work) => Promise.resolve(work());

/** As one TensorFlow graph, with all its rewrites. */
export const asGraph: Execute = async (work) => {
  const compiled = compile(work);
  try {
    return await compiled();
  } finally {
    compiled.dispose();
  }
};
