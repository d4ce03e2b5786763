import type { Figure } from '../figure';
import {
  FIGURE_WIDTH,
  INK,
  PALETTE,
  axis,
  baseLayout,
  namedPlaces,
  places,
  type Heading,
} from '../style';
import { requireLength } from '../requireLength';

/**
 * Accuracy of each class as bars, and of all images as a line.
 * @param accuracies of the classes, 0 to 1; NaN for one without images, which gets no bar and says so
 * @param overall accuracy of all images, 0 to 1
 * @throws RangeError when there are not as many accuracies as class names
 */
export function perClassAccuracy(
  accuracies: readonly number[],
  classNames: readonly string[],
  overall: number,
  heading: Partial<Heading> = {},
): Figure {
  requireLength('accuracies', accuracies, classNames.length, 'one for each class');
  const known = accuracies.map((accuracy) => (Number.isNaN(accuracy) ? null : accuracy));
  const texts = known.map((accuracy) => accuracy?.toFixed(3) ?? 'no images');
  const rowNames = classNames.map((name, at) =>
    known[at] === null ? `${name} (no images)` : name,
  );
  const head = { title: 'Accuracy by class', ...heading };
  const layout = baseLayout(head, FIGURE_WIDTH, 170 + classNames.length * 30);
  return {
    data: [
      {
        type: 'bar',
        orientation: 'h',
        x: known,
        y: places(classNames),
        customdata: classNames,
        marker: { color: PALETTE.blue },
        text: texts,
        textposition: 'auto',
        // At the bar's foot, where the line of all images does not cross it.
        insidetextanchor: 'start',
        cliponaxis: false,
        hovertemplate: '%{customdata}: %{x:.4f}<extra></extra>',
      },
    ],
    layout: {
      ...layout,
      autosize: true,
      margin: { ...(layout['margin'] as object), l: 120, r: 40 },
      bargap: 0.3,
      showlegend: false,
      xaxis: { ...axis('Accuracy (1 = every image right)'), range: [0, 1.06], dtick: 0.2 },
      yaxis: { ...axis(), ...namedPlaces(rowNames), autorange: 'reversed' },
      shapes: [
        {
          type: 'line',
          yref: 'paper',
          x0: overall,
          x1: overall,
          y0: 0,
          y1: 1,
          line: { color: PALETTE.vermillion, width: 2, dash: 'dash' },
        },
      ],
      annotations: [
        {
          text: `all images: ${overall.toFixed(3)}`,
          x: overall,
          yref: 'paper',
          y: 1,
          yanchor: 'bottom',
          // Kept inside the plot where the line comes close to either end.
          xanchor: overall > 0.85 ? 'right' : overall < 0.15 ? 'left' : 'center',
          showarrow: false,
          font: { color: '#A84300', size: 13 },
        },
      ],
      font: { ...(layout['font'] as object), color: INK.text },
    },
    description: `All images ${overall.toFixed(3)}; ${classNames
      .map((name, at) => `${name} ${texts[at] ?? ''}`)
      .join(', ')}.`,
  };
}
