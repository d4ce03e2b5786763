import { at, ints, nodesOf, operation, replaceValues, reshape } from '../ir';
import type { Program, Value } from '../ir';

/**
 * Moves bias and ReLU in front of the reshape that follows a matrix product, so that TensorFlow
 * fuses the three. A bias over the last of several axes is repeated for the axes that the product
 * has as one.
 */
export function reshapeLast(program: Program): Program {
  const replacements = new Map<Value, Value>();
  const moved = (value: Value): Value => replacements.get(value) ?? value;
  for (const node of nodesOf(program)) {
    if (node.op !== 'BiasAdd' && node.op !== 'Relu') continue;
    const before = moved(node.input(0)).node;
    if (before.op !== 'Reshape') continue;
    const inner = before.input(0);
    const product = node.op === 'Relu' ? inner.node.op === 'BiasAdd' : inner.node.op === 'MatMul';
    if (!product) continue;
    if (node.op === 'Relu') {
      const relu = operation('Relu', [inner], inner.shape);
      replacements.set(node.output, reshape(relu, node.output.shape));
      continue;
    }
    const bias = node.input(1);
    const repeats = at(inner.shape, inner.shape.length - 1) / at(bias.shape, 0);
    const repeated =
      repeats === 1
        ? bias
        : operation('Tile', [bias, ints([repeats])], [at(bias.shape, 0) * repeats]);
    const sum = operation('BiasAdd', [inner, repeated], inner.shape);
    replacements.set(node.output, reshape(sum, node.output.shape));
  }
  return replaceValues(program, replacements);
}
