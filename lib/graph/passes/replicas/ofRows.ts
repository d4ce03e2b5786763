import { ints, operation, type Node, type Value } from '../../ir';

/** A replica's rows of a batch. */
export interface Rows {
  readonly first: number;
  readonly count: number;
  /** Of the whole batch. */
  readonly total: number;
}

const draws = new Set([
  'StatelessRandomUniform',
  'StatelessRandomNormal',
  'StatelessTruncatedNormal',
]);

/**
 * A random tensor of a replica's rows: those rows of what a single worker would draw for the whole
 * batch. Undefined for anything else.
 *
 * @param inputs what stands in the place of the node's own
 */
export function ofRows(
  node: Node,
  [, ...key]: readonly Value[],
  { first, count, total }: Rows,
  worker: number,
): Node | undefined {
  const [rows, ...row] = node.outputs[0]?.shape ?? [];
  if (!draws.has(node.op) || rows !== count || count === total) return undefined;
  const on = (value: Value): Value => value.node.copy(value.node.inputs, { worker }).output;
  const constant = (values: readonly number[]) => on(ints(values));
  const whole = on(
    operation(
      node.op,
      [constant([total, ...row]), ...key],
      [total, ...row],
      node.attributes,
      node.output.dtype,
    ),
  );
  const begin = constant([first, ...row.map(() => 0)]);
  return on(operation('Slice', [whole, begin, constant([count, ...row])], [count, ...row])).node;
}
