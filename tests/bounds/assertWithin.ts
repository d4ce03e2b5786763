import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import type { Bound } from 'googlenet/runtime';

const bounds = channel('googlenet:bound');

/** Checks that a number is at most `bound`; `npm run bounds` shows how far below it stays. */
export function assertWithin(measured: number, bound: number, what: string): void {
  assert.ok(measured <= bound, `${what}: ${measured}, more than ${bound}`);
  bounds.publish({ what, measured, bound } satisfies Bound);
}

/** The largest distance of two rows of numbers; NaN where their lengths differ or one is NaN. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return NaN;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    // Math.max hands a NaN on.
    largest = Math.max(largest, Math.abs((actual[i] as number) - (expected[i] as number)));
  }
  return largest;
}

/** The largest distance of two rows of numbers, each relative to the expected one. */
export function largestRelativeDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): number {
  const ratios = Array.from(expected, (value, i) => (actual[i] as number) / value);
  return actual.length === expected.length
    ? largestDifference(ratios, new Array<number>(ratios.length).fill(1))
    : NaN;
}
