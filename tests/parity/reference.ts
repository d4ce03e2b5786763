import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toChannelsFirst } from 'googlenet/nn';
import type { tf } from 'googlenet/runtime';

export const FIXTURES = join(__dirname, 'fixtures');

/** The project's bound on the difference from PyTorch. */
export const TOLERANCE = 1e-4;

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

/** A tensor's numbers in the order of PyTorch's layout: images channels first, kernels OIHW. */
export function torchValues(tensor: tf.Tensor): Promise<Float32Array> {
  return toChannelsFirst(tensor).data<'float32'>();
}

/** As {@link torchValues}, for a variable of a layer: HWIO, (in, out), or a bias. */
export function torchParameterValues(tensor: tf.Tensor): Promise<Float32Array> {
  const axes = tensor.rank === 4 ? [3, 2, 0, 1] : [...tensor.shape.keys()].reverse();
  return tensor.transpose(axes).data<'float32'>();
}
