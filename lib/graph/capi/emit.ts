import type { Node, Value } from '../ir';
import type { NativeGraph, Output } from './graph';
import type { Pointer } from './library';
import { opDef } from './opDefs';

/** Adds the node to a TensorFlow graph; `resolve` gives the place of each input there. */
export function emitNode(
  graph: NativeGraph,
  node: Pick<Node, 'op' | 'inputs' | 'attributes'> & { readonly worker?: number | undefined },
  name: string,
  resolve: (value: Value) => Output,
): Pointer {
  const { listInputs } = opDef(graph, node.op);
  const inputs = node.inputs.map(resolve);
  const { op, attributes, worker } = node;
  return graph.add(op, name, grouped(inputs, listInputs), attributes, { worker });
}

/** Cuts a flat row of inputs as the operation declares them; at most one is a list. */
function grouped(
  inputs: readonly Output[],
  listInputs: readonly boolean[],
): (Output | readonly Output[])[] {
  const list = listInputs.indexOf(true);
  if (list < 0) return [...inputs];
  const end = inputs.length - (listInputs.length - list - 1);
  return [...inputs.slice(0, list), inputs.slice(list, end), ...inputs.slice(end)];
}
