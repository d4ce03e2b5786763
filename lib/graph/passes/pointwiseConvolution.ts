import { matMul, nodesOf, replaceValues, reshape } from '../ir';
import type { Node, Program, Value } from '../ir';
import { geometryOf, type Geometry } from './convolution';

/**
 * 1×1 convolutions at stride 1 as matrix products, forward and both gradients:
 * (B·H·W, Cin) × (Cin, Cout).
 */
export function pointwiseConvolution(program: Program): Program {
  const replacements = new Map<Value, Value>();
  for (const node of nodesOf(program)) {
    const geometry = geometryOf(node);
    if (geometry !== undefined && isPointwise(geometry)) {
      replacements.set(node.output, product(node, geometry));
    }
  }
  return replaceValues(program, replacements);
}

function isPointwise({ input, output, kernel, stride }: Geometry): boolean {
  return (
    [...kernel, ...stride].every((size) => size === 1) &&
    // Padding would make it larger.
    input.every((size, axis) => size === output[axis])
  );
}

function product(node: Node, { batch, input, inChannels, outChannels }: Geometry): Value {
  const rows = batch * input[0] * input[1];
  const matrix = (value: Value, channels: number): Value => reshape(value, [rows, channels]);
  const kernel = (value: Value): Value => reshape(value, [inChannels, outChannels]);
  const [a, b, c] = node.inputs as [Value, Value, Value];
  let result: Value;
  if (node.op === 'Conv2D') result = matMul(matrix(a, inChannels), kernel(b));
  else if (node.op === 'Conv2DBackpropInput') {
    result = matMul(matrix(c, outChannels), kernel(b), false, true);
  } else result = matMul(matrix(a, inChannels), matrix(c, outChannels), true);
  return reshape(result, node.output.shape);
}
