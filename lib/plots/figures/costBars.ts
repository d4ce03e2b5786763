import type { Figure } from '../figure';
import type { NetworkStage } from '../networkStage';
import {
  COLORWAY,
  FIGURE_WIDTH,
  INK,
  axis,
  baseLayout,
  compact,
  headingHeight,
  namedPlaces,
  places,
  ticksUpTo,
  type Heading,
} from '../style';
import { sum } from '../sum';

/** A module or network whose cost is compared with others'. */
export interface ComparedModule {
  name: string;
  /** The same names in all modules are one colour. */
  stages: readonly NetworkStage[];
}

/** What is compared, each with an axis of its own. */
const QUANTITIES = [
  { title: 'multiply-adds for one image', of: ({ multiplyAdds }: NetworkStage) => multiplyAdds },
  { title: 'parameters', of: ({ parameters }: NetworkStage) => parameters },
] as const;

const HEIGHT = 430;
const MARGIN_BOTTOM = 48;
/** Pixels between the middles of two labels, at the least. */
const LABEL_DISTANCE = 15;
/** Half the width of a bar, in places: beside it there is room for its labels. */
const HALF_BAR = 0.17;

/**
 * What modules cost, and in which of their stages: multiply-adds and parameters as stacked bars,
 * each part with its name and number beside it. Stages that cost nothing are left out.
 */
export function costBars(modules: readonly ComparedModule[], heading: Heading): Figure {
  const stageNames = [
    ...new Set(modules.flatMap(({ stages }) => stages.filter(isCostly).map(({ name }) => name))),
  ];
  const names = modules.map(({ name }) => name);
  const data: Record<string, unknown>[] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  const descriptions: string[] = [];
  const gap = 0.12;
  const panelWidth = (1 - gap * (QUANTITIES.length - 1)) / QUANTITIES.length;
  const top = headingHeight(heading) + 10;

  for (const [index, quantity] of QUANTITIES.entries()) {
    const suffix = index === 0 ? '' : String(index + 1);
    const values = stageNames.map((stageName) =>
      modules.map(({ stages }) =>
        sum(stages.filter(({ name }) => name === stageName).map(quantity.of)),
      ),
    );
    const totals = modules.map(({ stages }) => sum(stages.map(quantity.of)));
    const left = index * (panelWidth + gap);
    const ticks = ticksUpTo(Math.max(...totals, 0));
    const highest = ticks.range[1] * 1.08;
    axes[`xaxis${suffix}`] = {
      ...axis(),
      ...namedPlaces(names),
      // The labels stand to the right of their bars.
      range: [-0.35, names.length - 0.35],
      domain: [left, left + panelWidth],
      anchor: `y${suffix}`,
    };
    axes[`yaxis${suffix}`] = {
      ...axis(quantity.title),
      ...ticks,
      anchor: `x${suffix}`,
      range: [0, highest],
      exponentformat: 'SI',
    };
    for (const [order, stageName] of stageNames.entries()) {
      data.push({
        type: 'bar',
        name: stageName,
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
        x: places(names),
        customdata: names,
        y: values[order],
        width: 2 * HALF_BAR,
        marker: { color: COLORWAY[order % COLORWAY.length] },
        hovertemplate: `${stageName}: %{y:,} (%{customdata})<extra></extra>`,
      });
    }
    const shared = { xref: `x${suffix}`, yref: `y${suffix}`, showarrow: false };
    const distance = (LABEL_DISTANCE * highest) / (HEIGHT - top - MARGIN_BOTTOM);
    for (const [at, total] of totals.entries()) {
      annotations.push({
        ...shared,
        text: `<b>${compact(total)}</b>`,
        x: at,
        y: total,
        yanchor: 'bottom',
        yshift: 2,
      });
      const parts = stageNames
        .map((name, order) => ({ name, value: values[order]?.[at] ?? 0 }))
        .filter(({ value }) => value > 0);
      let below = 0;
      let lowest = distance / 2;
      for (const { name, value } of parts) {
        const y = Math.max(below + value / 2, lowest);
        annotations.push({
          ...shared,
          text: `${name}  <b>${compact(value, 3)}</b>`,
          x: at + HALF_BAR,
          y,
          xanchor: 'left',
          yanchor: 'middle',
          xshift: 4,
          font: { size: 11, color: INK.title },
        });
        below += value;
        lowest = y + distance;
      }
      descriptions.push(
        `${names[at] ?? ''}, ${quantity.title}: ${compact(total)} (${parts
          .map(({ name, value }) => `${name} ${compact(value, 3)}`)
          .join(', ')})`,
      );
    }
  }
  return {
    data,
    layout: {
      ...baseLayout(heading, FIGURE_WIDTH, HEIGHT),
      autosize: true,
      ...axes,
      margin: { l: 72, r: 28, t: top, b: MARGIN_BOTTOM },
      barmode: 'stack',
      showlegend: false,
      annotations,
    },
    description: `Stacked bars. ${descriptions.join('; ')}.`,
  };
}

function isCostly({ multiplyAdds, parameters }: NetworkStage): boolean {
  return multiplyAdds > 0 || parameters > 0;
}
