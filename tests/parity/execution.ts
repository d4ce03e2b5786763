import { compile, type Execution, type TensorTree } from 'googlenet/graph';

/** Does the work once; the tensors that it gives are the caller's own. */
export async function once<Result extends TensorTree>(
  execution: Execution,
  work: () => Result,
): Promise<Result> {
  const compiled = compile(work, { execution });
  try {
    return await compiled();
  } finally {
    compiled.dispose();
  }
}
