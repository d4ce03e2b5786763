import { INK, PALETTE, axis, baseLayout, headingHeight, textColourOn, thousands } from '../plots';
import type { Figure } from '../plots';
import type { Report } from './report';
import { variantLabel } from './variants';

const COLORS = {
  googlenet: { float32: PALETTE.blue, bfloat16: PALETTE.skyBlue },
  PyTorch: { float32: PALETTE.vermillion, bfloat16: PALETTE.orange },
  'ONNX Runtime': { float32: PALETTE.green, bfloat16: PALETTE.green },
} as const;

const BAR_HEIGHT = 26;
/** Of the line that names a panel's batch. */
const PANEL_HEIGHT = 12;
const AXIS_HEIGHT = 50;

/** Images per second of training steps: a panel a batch, a bar a variant, its spread as a line. */
export function speedFigure({ rows, machine, date }: Report): Figure | undefined {
  const steps = rows
    .filter(({ work }) => work === 'step')
    .map((row) => ({
      ...row,
      label: variantLabel({ ...row, name: row.variant }),
      color: COLORS[row.library][row.precision],
    }));
  const batches = [...new Set(steps.map(({ batch }) => batch))].sort((a, b) => a - b);
  if (batches.length === 0) return undefined;
  const panels = batches.map((batch, index) => ({
    title: `batch ${thousands(batch)}`,
    axis: index === 0 ? '' : String(index + 1),
    bars: steps.filter((row) => row.batch === batch),
  }));
  const heading = {
    title: 'Training the lecture’s GoogLeNet',
    subtitle: `${machine.processor}, ${machine.cores} cores, ${date.slice(0, 10)}`,
  };
  const top = headingHeight(heading) + PANEL_HEIGHT;
  const height = new Set(steps.map(({ label }) => label)).size * BAR_HEIGHT;
  const xaxis = { ...axis('images/s'), rangemode: 'tozero', nticks: 5 };
  const yaxis = { ...axis(), autorange: 'reversed', showgrid: false };
  const further = { ...yaxis, matches: 'y', showticklabels: false };
  return {
    data: panels.map(({ bars, axis }) => ({
      type: 'bar',
      orientation: 'h',
      xaxis: `x${axis}`,
      yaxis: `y${axis}`,
      y: bars.map(({ label }) => label),
      x: bars.map(({ imagesPerSecond }) => imagesPerSecond),
      marker: { color: bars.map(({ color }) => color) },
      text: bars.map(({ imagesPerSecond }) => thousands(imagesPerSecond)),
      textposition: 'inside',
      insidetextanchor: 'start',
      textfont: { color: bars.map(({ color }) => textColourOn(color)) },
      error_x: {
        type: 'data',
        array: bars.map(({ imagesPerSecond, spread }) => (imagesPerSecond * spread) / 2),
        color: INK.text,
        thickness: 1.2,
      },
    })),
    layout: {
      ...baseLayout(heading, 1000, top + height + AXIS_HEIGHT),
      margin: { l: 20, r: 24, t: top, b: AXIS_HEIGHT },
      showlegend: false,
      bargap: 0.25,
      grid: { rows: 1, columns: panels.length, pattern: 'independent', xgap: 0.12 },
      ...Object.fromEntries(panels.map(({ axis }) => [`xaxis${axis}`, xaxis])),
      ...Object.fromEntries(panels.map(({ axis }) => [`yaxis${axis}`, axis ? further : yaxis])),
      annotations: panels.map(({ title, axis }) => ({
        text: `<b>${title}</b>`,
        xref: `x${axis} domain`,
        yref: 'paper',
        x: 0,
        xanchor: 'left',
        y: 1,
        yanchor: 'bottom',
        yshift: 4,
        showarrow: false,
      })),
    },
    description: panels
      .map(({ title, bars }) => {
        const speeds = bars.map((bar) => `${bar.label} ${thousands(bar.imagesPerSecond)}`);
        return `Images per second at ${title}: ${speeds.join(', ')}.`;
      })
      .join(' '),
  };
}
