import type { Matrix } from './matrix';

/**
 * Ways to convolve a few pixels in fewer multiplications than one for each pair of a pixel and a
 * kernel tap: y = output · ((kernel · w) ⊙ (input · x)) along one axis, ⊙ element by element.
 */
export interface MinimalFiltering {
  /** Pixels that one tile reads; those beyond the map's edge are zero. */
  readonly inputs: number;
  /** Pixels that one tile gives. */
  readonly outputs: number;
  /** (multiplications, inputs) */
  readonly input: Matrix;
  /** (multiplications, taps) */
  readonly kernel: Matrix;
  /** (outputs, multiplications) */
  readonly output: Matrix;
}

/**
 * F(4, 3): four pixels of a convolution with three taps, in 6 multiplications in place of 12
 * (Winograd, "Arithmetic Complexity of Computations", 1980; for convolutional networks Lavin and
 * Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
 *
 * The polynomials are evaluated at 0, ±3/4, ±3/2 and ∞. With the customary 0, ±1, ±2, ∞ the
 * numbers in between grow further, and rounding errors of float32 come out twice as large.
 */
export const fourOutputs: MinimalFiltering = toomCook([0, 3 / 4, -3 / 4, 3 / 2, -3 / 2], 4, 3);

/**
 * Both pixels of a map two pixels wide, by any odd kernel that keeps the size: a 2×2 Toeplitz
 * matrix times a vector, in 3 multiplications in place of 4 (Karatsuba's identity).
 *
 * y₀ = b(x₀ + x₁) + (c − b)x₁ and y₁ = b(x₀ + x₁) + (a − b)x₀, with a, b, c the taps around the
 * kernel's middle; the others meet only padding.
 */
export function twoPixels(taps: number): MinimalFiltering {
  const middle = (taps - 1) / 2;
  const row = (before: number, centre: number, after: number): number[] =>
    Array.from({ length: taps }, (_, tap) => {
      if (tap === middle - 1) return before;
      if (tap === middle) return centre;
      return tap === middle + 1 ? after : 0;
    });
  return {
    inputs: 2,
    outputs: 2,
    input: [
      [1, 1],
      [0, 1],
      [1, 0],
    ],
    kernel: [row(0, 1, 0), row(0, -1, 1), row(1, -1, 0)],
    output: [
      [1, 1, 0],
      [1, 0, 1],
    ],
  };
}

/**
 * Toom and Cook's scheme: the two sequences as polynomials, evaluated at the points and at ∞,
 * multiplied there and interpolated; transposed, which makes a filter of it.
 */
function toomCook(points: readonly number[], outputs: number, taps: number): MinimalFiltering {
  const inputs = outputs + taps - 1;
  const powers = (point: number, count: number): number[] =>
    Array.from({ length: count }, (_, power) => point ** power);
  const lastOnly = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0));
  const rest = (without: number): number[] => points.filter((_, i) => i !== without);
  const scales = points.map((point, i) =>
    rest(i).reduce((product, other) => product * (point - other), 1),
  );
  const pad = (row: readonly number[]): number[] => [
    ...row,
    ...new Array<number>(inputs - row.length).fill(0),
  ];
  return {
    inputs,
    outputs,
    input: [...points.map((_, i) => pad(polynomial(rest(i)))), pad(polynomial(points))],
    kernel: [
      ...points.map((point, i) => powers(point, taps).map((power) => power / (scales[i] ?? NaN))),
      lastOnly(taps),
    ],
    output: Array.from({ length: outputs }, (_, power) => [
      ...points.map((point) => point ** power),
      power === outputs - 1 ? 1 : 0,
    ]),
  };
}

/** The coefficients of Π (t − root), lowest power first. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce<number[]>(
    (coefficients, root) =>
      [...coefficients, 0].map(
        (coefficient, i) =>
          (coefficients[i - 1] ?? 0) - root * (i < coefficients.length ? coefficient : 0),
      ),
    [1],
  );
}
