import type { Figure } from '../figure';
import type { NetworkStage } from '../networkStage';
import {
  INK,
  PALETTE,
  axis,
  baseLayout,
  compact,
  headingHeight,
  namedPlaces,
  places,
  shapeText,
  type Heading,
} from '../style';

/**
 * A network from its first stage to its last, three rows over the same stages: the feature maps
 * (as high as their side, on a logarithmic scale, as wide as their channels), the multiply-adds
 * and the parameters.
 */
export function networkDiagram(stages: readonly NetworkStage[], heading: Heading): Figure {
  const names = stages.map(({ name }) => name);
  const sides = stages.map(({ outputShape }) => outputShape[1] ?? 1);
  const channels = stages.map(({ outputShape }) => outputShape[0] ?? 1);
  // Halving the side takes away one step; a single number keeps a height of one.
  const heights = sides.map((side) => Math.log2(side) + 1);
  const tallest = Math.max(1, ...heights);
  const widest = Math.max(1, ...channels);
  // Said once for all stages in a row that share it.
  const mapText = stages.map(({ outputShape: [, height, width] }, place) =>
    height === undefined || sides[place] === sides[place - 1] ? '' : `${height}×${width ?? height}`,
  );
  const layout = baseLayout(heading, Math.max(620, 98 + stages.length * 39), 620);

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
    marker: { color: colour },
    text: values.map((value) => (value === 0 ? '' : compact(value, 3))),
    textposition: 'outside',
    textfont: { size: 10 },
    textangle: 0,
    cliponaxis: false,
    customdata: names,
    hovertemplate: `%{customdata}: %{y:,} ${quantity}<extra></extra>`,
  });
  const room = (values: readonly number[]) => [0, Math.max(1, ...values) * 1.22];
  const multiplyAdds = stages.map((stage) => stage.multiplyAdds);
  const parameters = stages.map((stage) => stage.parameters);

  return {
    data: [
      {
        type: 'bar',
        xaxis: 'x',
        yaxis: 'y',
        x: places(stages),
        y: heights,
        base: heights.map((height) => -height / 2),
        width: channels.map((count) => 0.12 + 0.76 * (count / widest)),
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
      yaxis2: {
        ...axis('Multiply-adds'),
        domain: [0.29, 0.51],
        range: room(multiplyAdds),
        nticks: 4,
        exponentformat: 'SI',
      },
      yaxis3: {
        ...axis('Parameters'),
        domain: [0, 0.22],
        range: room(parameters),
        nticks: 4,
        exponentformat: 'SI',
      },
      annotations: stages.flatMap((_, place) => {
        const half = (heights[place] ?? 0) / 2;
        const shared = { xref: 'x', yref: 'y', x: place, showarrow: false, borderpad: 0 };
        return [
          {
            ...shared,
            text: mapText[place],
            y: half,
            yanchor: 'bottom',
            font: { size: 10, color: INK.title },
          },
          {
            ...shared,
            text: `<b>${channels[place] ?? ''}</b>`,
            y: -half,
            yanchor: 'top',
            font: { size: 11, color: '#005A8C' },
          },
        ];
      }),
    },
  };
}
