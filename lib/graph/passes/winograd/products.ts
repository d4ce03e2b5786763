import { at, floats, matMul, operation, reshape } from '../../ir/build';
import { Node, type Value } from '../../ir/program';
import type { Matrix } from './matrix';

/** With fewer channels the products are too small to pay for what surrounds them. */
export const fewestChannels = 64;

/** The matrix times a value whose first axes, together, are as long as its rows. */
export function leftProduct(matrix: Matrix, value: Value, shape: readonly number[]): Value {
  const columns = at(matrix, 0).length;
  const size = value.shape.reduce((product, dimension) => product * dimension, 1);
  const constant = floats(matrix.flat(), [matrix.length, columns]);
  return reshape(matMul(constant, reshape(value, [columns, size / columns])), shape);
}

/**
 * The products of two stacks of matrices. One operation each: TensorFlow's batched product runs at
 * half the speed on a CPU.
 */
export function stackedProducts(
  a: Value,
  b: Value,
  transposeA: boolean,
  transposeB: boolean,
): Value {
  const as = unstacked(a);
  const bs = unstacked(b);
  const products = as.map((left, i) => matMul(left, at(bs, i), transposeA, transposeB));
  const [rows = 0, columns = 0] = at(products, 0).shape;
  return operation('Pack', products, [products.length, rows, columns], {
    axis: { kind: 'int', value: 0 },
  });
}

function unstacked(stack: Value): readonly Value[] {
  const [count = 0, rows = 0, columns = 0] = stack.shape;
  return new Node(
    'Unpack',
    [stack],
    { num: { kind: 'int', value: count }, axis: { kind: 'int', value: 0 } },
    Array.from({ length: count }, () => ({ dtype: stack.dtype, shape: [rows, columns] })),
  ).outputs;
}
