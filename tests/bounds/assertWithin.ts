import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import type { Bound } from 'googlenet/runtime';

/** By these the benchmark judges losses and gradients too. */
export { largestDifference, largestRelativeDifference } from '../../lib/dist/bench/statistics';

const bounds = channel('googlenet:bound');

/** Checks that a number is at most `bound`; `npm run bounds` shows how far below it stays. */
export function assertWithin(measured: number, bound: number, what: string): void {
  assert.ok(measured <= bound, `${what}: ${measured}, more than ${bound}`);
  bounds.publish({ what, measured, bound } satisfies Bound);
}
