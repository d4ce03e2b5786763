import type { Figure } from '../figure';
import type { NetworkStage } from '../networkStage';
import {
  COLORWAY,
  FIGURE_WIDTH,
  axis,
  baseLayout,
  compact,
  headingHeight,
  namedPlaces,
  places,
  type Heading,
} from '../style';

/** A module or network whose cost is compared with others'. */
export interface ComparedModule {
  name: string;
  /** The same names in all modules are one colour and one entry of the legend. */
  stages: readonly NetworkStage[];
}

/** What is compared, each with an axis of its own. */
const QUANTITIES = [
  { title: 'multiply-adds for one image', of: ({ multiplyAdds }: NetworkStage) => multiplyAdds },
  { title: 'parameters', of: ({ parameters }: NetworkStage) => parameters },
] as const;

/** A stage thinner than this share of the highest bar has no room for its number. */
const LABELLED_SHARE = 0.07;

/**
 * What modules cost, and in which of their stages: multiply-adds and parameters as stacked bars
 * side by side. Stages that cost nothing are left out.
 */
export function costBars(modules: readonly ComparedModule[], heading: Heading): Figure {
  const stageNames = [
    ...new Set(modules.flatMap(({ stages }) => stages.filter(isCostly).map(({ name }) => name))),
  ];
  const names = modules.map(({ name }) => name);
  const data: Record<string, unknown>[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  const gap = 0.12;
  const panelWidth = (1 - gap * (QUANTITIES.length - 1)) / QUANTITIES.length;

  for (const [index, quantity] of QUANTITIES.entries()) {
    const suffix = index === 0 ? '' : String(index + 1);
    const totals = modules.map(({ stages }) => sum(stages.map(quantity.of)));
    const highest = Math.max(...totals, 0);
    const left = index * (panelWidth + gap);
    axes[`xaxis${suffix}`] = {
      ...axis(),
      ...namedPlaces(names),
      domain: [left, left + panelWidth],
      anchor: `y${suffix}`,
    };
    axes[`yaxis${suffix}`] = {
      ...axis(quantity.title),
      anchor: `x${suffix}`,
      range: [0, highest === 0 ? 1 : highest * 1.12],
      nticks: 6,
      exponentformat: 'SI',
    };
    for (const [order, stageName] of stageNames.entries()) {
      const values = modules.map(({ stages }) =>
        sum(stages.filter(({ name }) => name === stageName).map(quantity.of)),
      );
      data.push({
        type: 'bar',
        name: stageName,
        legendgroup: stageName,
        showlegend: index === 0,
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
        x: places(names),
        customdata: names,
        y: values,
        marker: { color: COLORWAY[order % COLORWAY.length] },
        text: values.map((value) => (value > highest * LABELLED_SHARE ? compact(value) : '')),
        textposition: 'inside',
        insidetextanchor: 'middle',
        textangle: 0,
        hovertemplate: `${stageName}: %{y:,} (%{customdata})<extra></extra>`,
      });
    }
    for (const [at, total] of totals.entries()) {
      annotations.push({
        text: `<b>${compact(total)}</b>`,
        xref: `x${suffix}`,
        yref: `y${suffix}`,
        x: at,
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function isCostly({ multiplyAdds, parameters }: NetworkStage): boolean {
  return multiplyAdds > 0 || parameters > 0;
}
