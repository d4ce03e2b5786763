import { gatherInPlace, intList, nodesOf, operation, replaceValues, uniformValue } from '../ir';
import type { Program, Value } from '../ir';

/**
 * Rows gathered from a tensor that the session keeps (a data set) are taken where it lies. A
 * gather of its value would carry the whole of it to the CPU where the GPU has no kernel for its
 * type, as for bytes.
 */
export function residentGather(program: Program): Program {
  const replacements = new Map<Value, Value>();
  for (const node of nodesOf(program)) {
    if (node.op !== 'GatherV2' || node.input(0).node.source?.kind !== 'capture') continue;
    const rows = uniformValue(node.input(2)) === 0;
    if (!rows || intList(node.attributes, 'batch_dims').some((dims) => dims !== 0)) continue;
    const { dtype, shape } = node.output;
    const gathered = operation(gatherInPlace, node.inputs.slice(0, 2), shape, {
      dtype: { kind: 'type', value: dtype },
    });
    replacements.set(node.output, gathered);
  }
  return replaceValues(program, replacements);
}
