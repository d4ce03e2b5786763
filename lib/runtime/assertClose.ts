import { channel } from 'node:diagnostics_channel';
import * as tf from 'googlenet/tfjs-node';
import { tolerance } from './device';

/** Numbers in any of the forms that the lecture's cells have them in. */
export type Numbers = tf.Tensor | number | ArrayLike<number>;

/** What was measured beside what is allowed. */
export interface Bound {
  readonly what: string;
  readonly measured: number;
  readonly bound: number;
}

const bounds = channel('googlenet:bound');

/**
 * Checks that numbers are equal up to rounding, like `torch.testing.assert_close`: no difference may
 * be larger than `allowed` × (1 + |expected|). What was measured is published on the diagnostics
 * channel `googlenet:bound`.
 *
 * @param what is compared, for the message
 * @param allowed default 1e-5 on the CPU, 2e-3 on a GPU
 * @returns the largest difference
 * @throws RangeError if there are not as many numbers as expected
 * @throws Error if a difference is larger, or a number is NaN
 */
export async function assertClose(
  actual: Numbers,
  expected: Numbers,
  what: string,
  allowed: number = tolerance(),
): Promise<number> {
  const [found, wanted] = [await numbersOf(actual), await numbersOf(expected)];
  if (found.length !== wanted.length) {
    throw new RangeError(`${what}: ${found.length} numbers, not ${wanted.length}`);
  }
  let difference = 0;
  let measured = 0;
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i] as number;
    // Math.max hands a NaN on.
    const distance = found[i] === value ? 0 : Math.abs((found[i] as number) - value);
    difference = Math.max(difference, distance);
    measured = Math.max(measured, distance / (1 + Math.abs(value)));
  }
  if (!(measured <= allowed)) {
    throw new Error(`${what}: the numbers differ by ${difference}, more than rounding explains`);
  }
  bounds.publish({ what, measured, bound: allowed } satisfies Bound);
  return difference;
}

async function numbersOf(numbers: Numbers): Promise<ArrayLike<number>> {
  if (numbers instanceof tf.Tensor) return numbers.data();
  return typeof numbers === 'number' ? [numbers] : numbers;
}
