import type { Figure } from '../plots';
import { grouped, type Report } from './report';
import type { Row } from './results';

const COLORS = {
  googlenet: { float32: '#0072B2', bfloat16: '#56B4E9' },
  PyTorch: { float32: '#D55E00', bfloat16: '#E69F00' },
} as const;

const BAR_HEIGHT = 26;
const HEADING_HEIGHT = 90;
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
      domain: [left, left + width],
      anchor: `y${suffix}`,
      title: { text: 'images/s' },
      rangemode: 'tozero',
      gridcolor: '#E4E7EB',
      nticks: 5,
    };
    axes[`yaxis${suffix}`] = {
      anchor: `x${suffix}`,
      autorange: 'reversed',
      automargin: true,
      showticklabels: index === 0,
      ...(index > 0 && { matches: 'y' }),
    };
    annotations.push({
      text: `<b>batch ${grouped(batch)}</b>`,
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
  const variants = new Set(steps.map(label)).size;
  return {
    data,
    layout: {
      width: 1000,
      height: HEADING_HEIGHT + variants * BAR_HEIGHT + AXIS_HEIGHT,
      paper_bgcolor: '#FFFFFF',
      plot_bgcolor: '#FFFFFF',
      title: {
        text: `<b>Training the lecture’s GoogLeNet</b><br><span style="font-size:13px">${machine.processor}, ${machine.cores} cores, ${date.slice(0, 10)}</span>`,
        x: 0,
        xanchor: 'left',
        xref: 'container',
        y: 1,
        yref: 'container',
        yanchor: 'top',
        pad: { l: 20, t: 16 },
        font: { size: 17 },
      },
      margin: { l: 20, r: 24, t: HEADING_HEIGHT, b: AXIS_HEIGHT },
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
    text: rows.map(({ imagesPerSecond }) => grouped(imagesPerSecond)),
    textposition: 'inside',
    insidetextanchor: 'start',
    textfont: { color: '#FFFFFF' },
    error_x: {
      type: 'data',
      array: rows.map(({ imagesPerSecond, spread }) => (imagesPerSecond * spread) / 2),
      color: '#3E4C59',
      thickness: 1.2,
    },
  };
}

function label({ library, variant, precision }: Row): string {
  return `${library} ${variant}${precision === 'bfloat16' ? ', bfloat16' : ''}`;
}
