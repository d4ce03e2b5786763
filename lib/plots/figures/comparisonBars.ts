import type { Figure } from '../figure';
import {
  COLORWAY,
  FIGURE_WIDTH,
  axis,
  baseLayout,
  compact,
  headingHeight,
  type Heading,
} from '../style';

/** One quantity to compare, with an axis of its own. */
export interface ComparisonPanel {
  /** What is counted, with its unit: `Multiply-adds`, `Parameters`. */
  quantity: string;
  bars: readonly ComparisonBar[];
}

/** One bar, stacked of its parts. */
export interface ComparisonBar {
  name: string;
  /** The same names in all bars are one colour and one entry of the legend. */
  parts: readonly { name: string; value: number }[];
}

/** A part thinner than this share of the highest bar has no room for its number. */
const LABELLED_SHARE = 0.07;

/** Stacked bars side by side, one panel a quantity: what the variants cost, and where it goes. */
export function comparisonBars(panels: readonly ComparisonPanel[], heading: Heading): Figure {
  const partNames = [
    ...new Set(
      panels.flatMap(({ bars }) => bars.flatMap(({ parts }) => parts.map(({ name }) => name))),
    ),
  ];
  const data: Record<string, unknown>[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  const gap = 0.12;
  const panelWidth = (1 - gap * (panels.length - 1)) / panels.length;

  for (const [index, { quantity, bars }] of panels.entries()) {
    const suffix = index === 0 ? '' : String(index + 1);
    const totals = bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
    const highest = Math.max(...totals, 0);
    const left = index * (panelWidth + gap);
    axes[`xaxis${suffix}`] = {
      ...axis(),
      type: 'category',
      showgrid: false,
      domain: [left, left + panelWidth],
      anchor: `y${suffix}`,
    };
    axes[`yaxis${suffix}`] = {
      ...axis(quantity),
      anchor: `x${suffix}`,
      range: [0, highest === 0 ? 1 : highest * 1.12],
      nticks: 6,
      exponentformat: 'SI',
    };
    for (const [order, part] of partNames.entries()) {
      const values = bars.map(({ parts }) => parts.find(({ name }) => name === part)?.value ?? 0);
      data.push({
        type: 'bar',
        name: part,
        legendgroup: part,
        showlegend: index === 0,
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
        x: bars.map(({ name }) => name),
        y: values,
        marker: { color: COLORWAY[order % COLORWAY.length] },
        text: values.map((value) => (value > highest * LABELLED_SHARE ? compact(value) : '')),
        textposition: 'inside',
        insidetextanchor: 'middle',
        textangle: 0,
        hovertemplate: `${part}: %{y:,} (%{x})<extra></extra>`,
      });
    }
    for (const [at, total] of totals.entries()) {
      annotations.push({
        text: `<b>${compact(total)}</b>`,
        xref: `x${suffix}`,
        yref: `y${suffix}`,
        x: bars[at]?.name,
        y: total,
        yanchor: 'bottom',
        showarrow: false,
        bgcolor: '#FFFFFF',
        borderpad: 1,
        yshift: 2,
      });
    }
  }
  const layout = baseLayout(heading, FIGURE_WIDTH, 450);
  return {
    data,
    layout: {
      ...layout,
      autosize: true,
      ...axes,
      margin: { l: 72, r: 28, t: headingHeight(heading) + 10, b: 84 },
      barmode: 'stack',
      bargap: 0.45,
      uniformtext: { mode: 'hide', minsize: 10 },
      legend: {
        orientation: 'h',
        x: 0.5,
        xanchor: 'center',
        y: -0.12,
        yanchor: 'top',
        traceorder: 'normal',
      },
      annotations,
    },
  };
}
