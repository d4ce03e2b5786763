import { at } from '../../ir';

/** Rows of equal length. */
export type Matrix = readonly (readonly number[])[];

/** The matrix of a transform of both axes, from those of each. */
export function kronecker(a: Matrix, b: Matrix): Matrix {
  return a.flatMap((rowA) => b.map((rowB) => rowA.flatMap((x) => rowB.map((y) => x * y))));
}

export function transposed(matrix: Matrix): Matrix {
  return at(matrix, 0).map((_, column) => matrix.map((row) => at(row, column)));
}
