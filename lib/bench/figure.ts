import {
  INK,
  PALETTE,
  axis,
  baseLayout,
  headingHeight,
  thousands,
  type Figure,
  type Heading,
} from '../plots';
import type { Report } from './report';
import type { Row } from './results';
import { variantLabel } from './variants';

const COLORS = {
  googlenet: { float32: PALETTE.blue, bfloat16: PALETTE.skyBlue },
  PyTorch: { float32: PALETTE.vermillion, bfloat16: PALETTE.orange },
} as const;

const BAR_HEIGHT = 26;
/** Of the line that names a panel's batch. */
const PANEL_HEIGHT = 12;
const AXIS_HEIGHT = 50;

/** Images per second of training steps: a panel a batch, a bar a variant, its spread as a line. */
export function speedFigure({ rows, machine, date }: Report): Figure | undefined {
  const steps = rows.filter(({ work }) => work === 'step');
  const batches = [...new Set(steps.map(({ batch }) => batch))].sort((a, b) => a - b);
  if (batches.length === 0) return undefined;
  const gap = 0.04;
  const width = (1 - gap * (batches.length - 1)) / batches.length;
  const data: Figure['data'] = [];
  const axes: Record<string, unknown> = {};
  const annotations: Record<string, unknown>[] = [];
  for (const [index, batch] of batches.entries()) {
    const suffix = index === 0 ? '' : String(index + 1);
    const panel = steps.filter((row) => row.batch === batch);
    const left = index * (width + gap);
    data.push(bars(panel, suffix));
    axes[`xaxis${suffix}`] = {
      ...axis('images/s'),
      domain: [left, left + width],
      anchor: `y${suffix}`,
      rangemode: 'tozero',
      nticks: 5,
    };
    axes[`yaxis${suffix}`] = {
      ...axis(),
      anchor: `x${suffix}`,
      autorange: 'reversed',
      showgrid: false,
      showticklabels: index === 0,
      ...(index > 0 && { matches: 'y' }),
    };
    annotations.push({
      text: `<b>batch ${thousands(batch)}</b>`,
      xref: 'paper',
      yref: 'paper',
      x: left,
      xanchor: 'left',
      y: 1,
      yanchor: 'bottom',
      yshift: 4,
      showarrow: false,
    });
  }
  const heading: Heading = {
    title: 'Training the lecture’s GoogLeNet',
    subtitle: `${machine.processor}, ${machine.cores} cores, ${date.slice(0, 10)}`,
  };
  const top = headingHeight(heading) + PANEL_HEIGHT;
  const variants = new Set(steps.map(label)).size;
  return {
    data,
    layout: {
      ...baseLayout(heading, 1000, top + variants * BAR_HEIGHT + AXIS_HEIGHT),
      margin: { l: 20, r: 24, t: top, b: AXIS_HEIGHT },
      showlegend: false,
      bargap: 0.25,
      ...axes,
      annotations,
    },
  };
}

function bars(rows: readonly Row[], suffix: string): Record<string, unknown> {
  return {
    type: 'bar',
    orientation: 'h',
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    y: rows.map(label),
    x: rows.map(({ imagesPerSecond }) => imagesPerSecond),
    marker: { color: rows.map(({ library, precision }) => COLORS[library][precision]) },
    text: rows.map(({ imagesPerSecond }) => thousands(imagesPerSecond)),
    textposition: 'inside',
    insidetextanchor: 'start',
    textfont: { color: '#FFFFFF' },
    error_x: {
      type: 'data',
      array: rows.map(({ imagesPerSecond, spread }) => (imagesPerSecond * spread) / 2),
      color: INK.text,
      thickness: 1.2,
    },
  };
}

function label(row: Row): string {
  return variantLabel({ ...row, name: row.variant });
}
