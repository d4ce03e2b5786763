import type { Figure } from '../figure';
import type { NetworkStage } from '../networkStage';
import {
  FIGURE_WIDTH,
  INK,
  PALETTE,
  axis,
  baseLayout,
  compact,
  headingHeight,
  namedPlaces,
  places,
  shapeText,
  ticksUpTo,
  type Heading,
} from '../style';

/** Places that the widest feature map takes of the one that is its own. */
const WIDEST = 0.88;

/** Steps of height from the top of a stage to the middle of the head that reads its output. */
const ABOVE = 1.4;

/**
 * A network from its first stage to its last, three rows over the same stages: the feature maps
 * (as high as their side, on a logarithmic scale, as wide as their channels; above each the side in
 * pixels, below its channels), the multiply-adds and the parameters. An auxiliary head hangs above
 * the row of maps, on its stage; what it costs is hatched.
 */
export function networkDiagram(stages: readonly NetworkStage[], heading: Heading): Figure {
  const names = stages.map(({ name }) => name);
  const sides = stages.map(({ outputShape }) => outputShape[1] ?? 1);
  const channels = stages.map(({ outputShape }) => outputShape[0] ?? 1);
  // Halving the side takes away one step; a single number keeps a height of one.
  const heights = sides.map((side) => Math.log2(side) + 1);
  const tallest = Math.max(1, ...heights);
  const widest = Math.max(1, ...channels);
  // Said once for all stages in a row that share it, whatever hangs between them.
  const mapText = stages.map(({ outputShape: [, side] }, place) => {
    const before = stages
      .slice(0, place)
      .filter(({ after }) => after === undefined)
      .at(-1);
    return side === undefined || side === before?.outputShape[1] ? '' : String(side);
  });
  /** Each head's place, that of its stage, and how high its middle is. */
  const heads = stages.flatMap(({ after }, place) => {
    if (after === undefined) return [];
    const stage = names.indexOf(after);
    return [{ place, stage, middle: (heights[stage] ?? 0) / 2 + ABOVE }];
  });
  const middles = names.map((_, at) => heads.find(({ place }) => place === at)?.middle ?? 0);
  const width = Math.min(FIGURE_WIDTH, Math.max(620, 98 + stages.length * 39));
  const layout = baseLayout(heading, width, 620);

  const bars = (
    values: readonly number[],
    yaxis: string,
    colour: string,
    quantity: string,
  ): Record<string, unknown> => ({
    type: 'bar',
    xaxis: 'x',
    yaxis,
    x: places(stages),
    y: values,
    width: 0.7,
    marker: {
      color: colour,
      pattern: {
        shape: stages.map(({ after }) => (after === undefined ? '' : '/')),
        solidity: 0.5,
      },
    },
    text: values.map((value) => (value === 0 ? '' : compact(value, 3))),
    textposition: 'outside',
    textfont: { size: 10 },
    textangle: 0,
    cliponaxis: false,
    customdata: names,
    hovertemplate: `%{customdata}: %{y:,} ${quantity}<extra></extra>`,
  });
  const cost = (title: string, values: readonly number[], domain: [number, number]) => {
    const ticks = ticksUpTo(Math.max(0, ...values));
    // Above the highest tick there is room for the number of a bar that reaches it.
    const range = [0, ticks.range[1] * 1.2];
    return { ...axis(title), ...ticks, range, domain, exponentformat: 'SI' };
  };
  const multiplyAdds = stages.map((stage) => stage.multiplyAdds);
  const parameters = stages.map((stage) => stage.parameters);
  const costliest = stages[multiplyAdds.indexOf(Math.max(...multiplyAdds))];
  const largest = stages[parameters.indexOf(Math.max(...parameters))];

  return {
    data: [
      {
        type: 'bar',
        xaxis: 'x',
        yaxis: 'y',
        x: places(stages),
        y: heights,
        base: heights.map((height, place) => (middles[place] ?? 0) - height / 2),
        width: channels.map((count) => (WIDEST * count) / widest),
        marker: { color: '#CFE3F5', line: { color: PALETTE.blue, width: 1.2 } },
        customdata: stages.map(({ name, outputShape }) => [name, shapeText(outputShape)]),
        hovertemplate: '%{customdata[0]}: %{customdata[1]}<extra></extra>',
      },
      bars(multiplyAdds, 'y2', PALETTE.orange, 'multiply-adds'),
      bars(parameters, 'y3', PALETTE.green, 'parameters'),
    ],
    layout: {
      ...layout,
      margin: { l: 80, r: 24, t: headingHeight(heading), b: 92 },
      showlegend: false,
      xaxis: {
        ...axis(),
        anchor: 'y3',
        ...namedPlaces(names),
        range: [-0.6, stages.length - 0.4],
        tickangle: -45,
      },
      yaxis: {
        title: { text: 'Feature maps', standoff: 48, font: { size: 14 } },
        domain: [0.56, 1],
        range: [-tallest / 2 - 1.3, tallest / 2 + 1.3],
        showticklabels: false,
        showgrid: false,
        zeroline: false,
      },
      yaxis2: cost('Multiply-adds', multiplyAdds, [0.29, 0.51]),
      yaxis3: cost('Parameters', parameters, [0, 0.22]),
      shapes: heads.map(({ place, stage, middle }) => ({
        type: 'path',
        xref: 'x',
        yref: 'y',
        path: `M${stage},${(heights[stage] ?? 0) / 2}V${middle}H${place}`,
        line: { color: PALETTE.blue, width: 1.2 },
        layer: 'below',
      })),
      annotations: stages.flatMap((_, place) => {
        const half = (heights[place] ?? 0) / 2;
        const middle = middles[place] ?? 0;
        const shared = { xref: 'x', yref: 'y', x: place, showarrow: false, borderpad: 0 };
        return [
          {
            ...shared,
            text: mapText[place],
            y: middle + half,
            yanchor: 'bottom',
            font: { size: 10, color: INK.title },
          },
          {
            ...shared,
            text: `<b>${channels[place] ?? ''}</b>`,
            y: middle - half,
            yanchor: 'top',
            font: { size: 11, color: '#005A8C' },
          },
        ];
      }),
    },
    description: [
      `The stages ${stages.map(({ name, outputShape }) => `${name} ${shapeText(outputShape)}`).join(', ')}.`,
      ...(heads.length > 0
        ? [
            `Heads: ${heads.map(({ place, stage }) => `${names[place]} on ${names[stage]}`).join(', ')}.`,
          ]
        : []),
      ...(costliest
        ? [`Most multiply-adds: ${costliest.name}, ${compact(costliest.multiplyAdds, 3)}.`]
        : []),
      ...(largest ? [`Most parameters: ${largest.name}, ${compact(largest.parameters, 3)}.`] : []),
    ].join(' '),
  };
}
