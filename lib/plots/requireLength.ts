/**
 * @throws RangeError naming the argument when it has not the expected length
 */
export function requireLength(
  argument: string,
  values: { readonly length: number },
  expected: number,
  why: string,
): void {
  if (values.length !== expected) {
    throw new RangeError(`${argument} has ${values.length} values, expected ${expected} (${why})`);
  }
}
