import type { Figure } from '../figure';
import {
  INK,
  axis,
  baseLayout,
  headingHeight,
  namedPlaces,
  places,
  shareHeatmap,
  type Heading,
} from '../style';
import { requireLength } from '../requireLength';
import { sum } from '../sum';

/**
 * Which class is taken for which: a row for each true class, a column for each predicted one.
 * Colour is the share of the true class, the number in a cell counts images.
 * @param matrix images by true class (row) and predicted class (column)
 * @throws RangeError when the matrix is not as wide and as high as there are class names
 */
export function confusionMatrix(
  matrix: readonly (readonly number[])[],
  classNames: readonly string[],
  heading: Partial<Heading> = {},
): Figure {
  requireLength('matrix', matrix, classNames.length, 'one row for each class');
  for (const [row, counts] of matrix.entries()) {
    requireLength(`matrix[${row}]`, counts, classNames.length, 'one column for each class');
  }
  const totals = matrix.map(sum);
  const shares = matrix.map((counts, row) =>
    counts.map((count) => (count === 0 ? 0 : count / (totals[row] ?? 1))),
  );
  const head = { title: 'Confusion matrix', ...heading };
  const side = Math.max(360, classNames.length * 52);
  const top = headingHeight(head);
  const [left, right, bottom] = [120, 110, 116];
  return {
    data: [
      {
        ...shareHeatmap('share of the true class'),
        x: places(classNames),
        y: places(classNames),
        z: shares,
        // Zeros are left blank: what is there is seen at once.
        text: matrix.map((counts) => counts.map((count) => (count === 0 ? '' : String(count)))),
        customdata: classNames.map((truth, row) =>
          classNames.map((predicted, column) => [truth, predicted, matrix[row]?.[column]]),
        ),
        texttemplate: '%{text}',
        textfont: { size: 12 },
        hovertemplate:
          'is %{customdata[0]}, predicted %{customdata[1]}<br>%{customdata[2]} images, %{z:.1%} of the class<extra></extra>',
      },
    ],
    layout: {
      ...baseLayout(head, left + side + right, top + side + bottom),
      margin: { l: left, r: right, t: top, b: bottom },
      xaxis: {
        ...axis('predicted class'),
        ...namedPlaces(classNames),
        tickangle: -45,
        color: INK.text,
      },
      yaxis: {
        ...axis('true class'),
        ...namedPlaces(classNames),
        autorange: 'reversed',
        color: INK.text,
      },
    },
    description: `A row for each true class, a column for each predicted one. Right are: ${classNames
      .map((name, at) => `${name} ${matrix[at]?.[at] ?? 0} of ${totals[at] ?? 0}`)
      .join(', ')}.`,
  };
}
