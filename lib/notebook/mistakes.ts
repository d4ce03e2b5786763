/** How often a classifier takes one class for another. */
export type Mistake = {
  trueClass: string;
  takenFor: string;
  images: number;
};

/**
 * The pairs of classes that a classifier confuses most, the commonest first.
 *
 * @param confusion `confusion[label][prediction]`: number of images
 * @param classNames by label
 * @param count how many pairs at most; pairs that were never confused are left out
 */
export function commonestMistakes(
  confusion: readonly (readonly number[])[],
  classNames: readonly string[],
  count: number,
): Mistake[] {
  const nameOf = (label: number) => classNames[label] ?? String(label);
  return confusion
    .flatMap((row, label) =>
      row.map((images, prediction) => ({
        correct: label === prediction,
        mistake: { trueClass: nameOf(label), takenFor: nameOf(prediction), images },
      })),
    )
    .filter(({ correct, mistake }) => !correct && mistake.images > 0)
    .map(({ mistake }) => mistake)
    .sort((a, b) => b.images - a.images)
    .slice(0, count);
}
