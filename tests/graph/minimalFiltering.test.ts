import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { fourOutputs, twoPixels, type Matrix } from '../../lib/dist/graph/passes/winograd';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

const times = (matrix: Matrix, vector: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, value, i) => sum + value * (vector[i] ?? NaN), 0));

/** A convolution as the definition has it: output i is the sum of tap t times pixel i + t. */
function convolve(pixels: readonly number[], taps: readonly number[], outputs: number): number[] {
  return Array.from({ length: outputs }, (_, i) =>
    taps.reduce((sum, tap, t) => sum + tap * (pixels[i + t] ?? NaN), 0),
  );
}

const values = (length: number) =>
  fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
    minLength: length,
    maxLength: length,
  });

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assertWithin(largestDifference(actual, expected), 1e-8, 'minimal filtering in float64');
}

describe('minimal filtering', () => {
  test('F(4, 3): four outputs of three taps by six multiplications', () => {
    assert.equal(fourOutputs.input.length, 6);
    fc.assert(
      fc.property(values(6), values(3), (pixels, taps) => {
        const products = times(fourOutputs.kernel, taps).map(
          (value, i) => value * (times(fourOutputs.input, pixels)[i] ?? NaN),
        );
        assertClose(times(fourOutputs.output, products), convolve(pixels, taps, 4));
      }),
    );
  });

  for (const size of [3, 5, 7]) {
    test(`two pixels and ${size} taps: three multiplications`, () => {
      const filtering = twoPixels(size);
      assert.equal(filtering.input.length, 3);
      fc.assert(
        fc.property(values(2), values(size), (pixels, taps) => {
          const products = times(filtering.kernel, taps).map(
            (value, i) => value * (times(filtering.input, pixels)[i] ?? NaN),
          );
          const zeros = new Array<number>((size - 1) / 2).fill(0);
          const padded = [...zeros, ...pixels, ...zeros];
          assertClose(times(filtering.output, products), convolve(padded, taps, 2));
        }),
      );
    });
  }
});
