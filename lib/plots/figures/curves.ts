import type { Figure } from '../figure';
import { requireLength } from '../requireLength';
import {
  COLORWAY,
  FIGURE_WIDTH,
  axis,
  baseLayout,
  headingHeight,
  namedPlaces,
  places,
  type Heading,
} from '../style';

/** One line of a figure. */
export interface Curve {
  name: string;
  y: readonly number[];
  /** Half the height of a band around the line, such as a standard deviation; none where left out. */
  spread?: readonly number[];
}

export interface CurvesOptions extends Heading {
  /** Numbers, or names in their order; as many as each curve has. */
  x: readonly number[] | readonly string[];
  xTitle: string;
  yTitle: string;
  /** Whether the vertical axis is logarithmic. A band then ends at a thousandth of its line. */
  log?: boolean;
}

/** From so many points on they are no longer told apart: a curve is only a line. */
const MARKED_POINTS = 40;

/**
 * Curves over one axis, with bands of their spread.
 * @throws RangeError when a curve has not as many values as x
 */
export function curves(drawn: readonly Curve[], options: CurvesOptions): Figure {
  const { x, xTitle, yTitle, log = false } = options;
  const names = x.filter((at): at is string => typeof at === 'string');
  const at = names.length > 0 ? places(names) : (x as readonly number[]);
  const data = drawn.flatMap(({ name, y, spread }, index) => {
    requireLength(name, y, x.length, 'one for each x');
    const color = COLORWAY[index % COLORWAY.length] as string;
    const line = {
      type: 'scatter',
      name,
      legendgroup: name,
      x: at,
      y,
      mode: x.length <= MARKED_POINTS ? 'lines+markers' : 'lines',
      line: { color, width: 2 },
      marker: { size: 6 },
      ...(names.length > 0 && { customdata: names }),
      hovertemplate: `${names.length > 0 ? '%{customdata}' : '%{x}'}: %{y:.4g}<extra>%{fullData.name}</extra>`,
    };
    if (!spread) return [line];
    requireLength(`the spread of ${name}`, spread, x.length, 'one for each x');
    const edge = (sign: 1 | -1) =>
      y.map((value, i) => {
        const end = value + sign * (spread[i] ?? 0);
        return log ? Math.max(end, value / 1000) : end;
      });
    const band = {
      type: 'scatter',
      x: [...at, ...[...at].reverse()],
      y: [...edge(1), ...edge(-1).reverse()],
      legendgroup: name,
      showlegend: false,
      mode: 'lines',
      line: { width: 0 },
      fill: 'toself',
      fillcolor: `${color}33`,
      hoverinfo: 'skip',
    };
    return [band, line];
  });
  const layout = baseLayout(options, FIGURE_WIDTH, 400);
  return {
    data,
    layout: {
      ...layout,
      autosize: true,
      margin: { ...(layout['margin'] as object), t: headingHeight(options) + 22 },
      showlegend: drawn.length > 1,
      legend: { orientation: 'h', x: 1, xanchor: 'right', y: 1.02, yanchor: 'bottom' },
      xaxis: { ...axis(xTitle), ...(names.length > 0 && namedPlaces(names)) },
      yaxis: {
        ...axis(yTitle),
        ...(log && { type: 'log', exponentformat: 'power', dtick: 1 }),
      },
    },
    description: `${yTitle} over ${xTitle}. ${drawn
      .map(({ name, y }) =>
        [
          name,
          ...[0, y.length - 1].map((i) => `${y[i]?.toPrecision(3) ?? '–'} at ${x[i] ?? '–'}`),
        ].join(', '),
      )
      .join('; ')}.`,
  };
}
