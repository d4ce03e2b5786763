import type { Value } from '../../ir';

/** The value, computed on that worker. */
export function on(worker: number, { node }: Value): Value {
  return node.copy(node.inputs, { worker }).output;
}
