import { at, floats, matMul, operation, reshape, sizeOf, type Value } from '../../ir';
import type { Matrix } from './matrix';

/** With fewer channels the products are too small to pay for what surrounds them. */
export const fewestChannels = 64;

/** The matrix times a value whose first axes, together, are as long as its rows. */
export function leftProduct(matrix: Matrix, value: Value, shape: readonly number[]): Value {
  const columns = at(matrix, 0).length;
  const constant = floats(matrix.flat(), [matrix.length, columns]);
  return reshape(matMul(constant, reshape(value, [columns, sizeOf(value.shape) / columns])), shape);
}

/** The products of two stacks of matrices, (N, rows, inner) and (N, inner, columns). */
export function stackedProducts(
  a: Value,
  b: Value,
  transposeA: boolean,
  transposeB: boolean,
): Value {
  const shape = [at(a.shape, 0), at(a.shape, transposeA ? 2 : 1), at(b.shape, transposeB ? 1 : 2)];
  return operation('BatchMatMulV2', [a, b], shape, {
    adj_x: { kind: 'bool', value: transposeA },
    adj_y: { kind: 'bool', value: transposeB },
  });
}
