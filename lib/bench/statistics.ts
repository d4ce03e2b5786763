/**
 * The middle value, or the mean of the two middle ones.
 * @throws RangeError if there are no values
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values have no median');
  return (lower + upper) / 2;
}

/** Largest minus smallest value, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The largest difference between values at the same place, as a share of the first list's value. */
export function largestRelativeDifference(
  expected: readonly number[],
  actual: readonly number[],
): number {
  if (expected.length !== actual.length || expected.length === 0) return Infinity;
  return Math.max(
    ...expected.map((value, index) => Math.abs(((actual[index] ?? NaN) - value) / value)),
  );
}
