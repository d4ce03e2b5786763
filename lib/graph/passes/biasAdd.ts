import {
  constantValues,
  DataType,
  isFlagged,
  nodesOf,
  operation,
  replaceValues,
  withoutCast,
} from '../ir';
import type { Program, Value } from '../ir';

/** A vector added along the last axis as BiasAdd, which TensorFlow fuses into the convolution before it. */
export function biasAdd(program: Program): Program {
  const replacements = new Map<Value, Value>();
  for (const { inputs, output } of nodesOf(program).filter(isAddition)) {
    const [x, bias] = inputs;
    if (x === undefined || bias === undefined) continue;
    if (x.node.op !== 'Conv2D' || bias.shape.length !== 1) continue;
    if (bias.shape[0] !== x.shape.at(-1)) continue;
    replacements.set(output, operation('BiasAdd', [x, bias], output.shape));
  }
  return replaceValues(program, replacements);
}

function isAddition({ op }: { op: string }): boolean {
  return op === 'Add' || op === 'AddV2';
}

/** The sum of a gradient over all axes but the last, the bias's gradient, as BiasAddGrad. */
export function biasGradient(program: Program): Program {
  const replacements = new Map<Value, Value>();
  for (const node of nodesOf(program)) {
    if (node.op !== 'Sum') continue;
    const x = withoutCast(node.input(0));
    const axes = constantValues(node.input(1));
    const last = x.shape.length - 1;
    if (last < 1 || axes?.length !== last || isFlagged(node, 'keep_dims')) continue;
    if (x.dtype !== DataType.float32 || axes.some((axis) => axis < 0 || axis >= last)) continue;
    replacements.set(node.output, operation('BiasAddGrad', [x], node.output.shape));
  }
  return replaceValues(program, replacements);
}
