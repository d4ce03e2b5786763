import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toChannelsFirst } from 'googlenet/nn';
import type { tf } from 'googlenet/runtime';
import { assertWithin } from '../bounds/assertWithin';

export const FIXTURES = join(__dirname, 'fixtures');

/** The project's bound on the difference from PyTorch: outputs, losses. */
export const TOLERANCE = 1e-4;
/** For gradients, in whose sums float32 loses a digit more, in PyTorch too. */
export const GRADIENT_TOLERANCE = 3e-4;

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

/**
 * The largest difference of two tensors' numbers, relative to the largest number of the expected
 * one: max |actual - expected| / max |expected|. NaN where the lengths differ or a number is NaN.
 */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return NaN;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] as number;
    // Math.max hands a NaN on.
    difference = Math.max(difference, Math.abs((actual[i] as number) - value));
    largest = Math.max(largest, Math.abs(value));
  }
  return difference === 0 ? 0 : difference / largest;
}

/** Checks numbers against PyTorch's, see {@link relativeDifference}. */
export function assertEqualsPyTorch(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  bound = TOLERANCE,
): void {
  assertWithin(relativeDifference(actual, expected), bound, what);
}

/** A tensor's size, its length as a vector, and some of its numbers at places in PyTorch's layout. */
export interface Samples {
  size: number;
  norm: number;
  at: number[];
  values: number[];
}

/**
 * Checks a tensor against samples of PyTorch's: its length, and the root mean square of the samples'
 * differences relative to that of all its numbers.
 */
export function assertHasSamples(
  values: Float32Array,
  { size, norm, at, values: expected }: Samples,
  what: string,
  bound = TOLERANCE,
): void {
  assert.equal(values.length, size, what);
  const rootMeanSquare = norm / Math.sqrt(size);
  const differences = at.map((index, i) => (values[index] as number) - (expected[i] as number));
  const ofSamples = length(differences) / Math.sqrt(at.length) / rootMeanSquare;
  assertWithin(ofSamples, bound, `samples of ${what}`);
  assertWithin(Math.abs(length(values) / norm - 1), bound, `the length of ${what}`);
}

function length(vector: ArrayLike<number>): number {
  let sumOfSquares = 0;
  for (let i = 0; i < vector.length; i++) sumOfSquares += (vector[i] as number) ** 2;
  return Math.sqrt(sumOfSquares);
}

/** A tensor's numbers in the order of PyTorch's layout: images channels first, kernels OIHW. */
export function torchValues(tensor: tf.Tensor): Promise<Float32Array> {
  return toChannelsFirst(tensor).data<'float32'>();
}

/** As {@link torchValues}, for a variable of a layer: HWIO, (in, out), or a bias. */
export function torchParameterValues(tensor: tf.Tensor): Promise<Float32Array> {
  const axes = tensor.rank === 4 ? [3, 2, 0, 1] : [...tensor.shape.keys()].reverse();
  return tensor.transpose(axes).data<'float32'>();
}
