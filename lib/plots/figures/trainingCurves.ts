import type { Figure } from '../figure';
import { FIGURE_WIDTH, INK, PALETTE, axis, baseLayout, headingHeight } from '../style';

/** One epoch of a training run; what was measured on the test set may be missing. */
export interface TrainingPoint {
  /** Counted from 0. */
  epoch: number;
  loss: number;
  /** 0 to 1. */
  accuracy: number;
  testLoss?: number | undefined;
  testAccuracy?: number | undefined;
}

/** Results from elsewhere to compare a run with, drawn as single points. */
export interface ReferencePoints {
  /** What the legend calls them. */
  name: string;
  points: readonly { epoch: number; loss: number; accuracy: number }[];
}

export interface TrainingCurvesOptions {
  /** The lecture's title by default. */
  title?: string;
  subtitle?: string;
  /** Epochs at which a checkpoint was written, marked by dotted lines. */
  checkpoints?: readonly number[];
  reference?: ReferencePoints;
}

/** From so many epochs on, points are no longer told apart: the curve is only a line. */
const MARKED_EPOCHS = 40;

/**
 * Loss over accuracy by epoch, two rows with one x axis and the lecture's titles: what its
 * `visualize()` draws, but for the loss, which is logarithmic here: late in a run it is hundredths,
 * and its swings would not be seen. What was tested at some epochs only is drawn as points, since
 * nobody knows what lies between. Any number of epochs, none included.
 */
export function trainingCurves(
  history: readonly TrainingPoint[],
  options: TrainingCurvesOptions = {},
): Figure {
  const { title = 'GoogLeNet Metrics by Epoch', subtitle, checkpoints = [], reference } = options;
  const tested = history.filter(
    (point) => point.testLoss !== undefined || point.testAccuracy !== undefined,
  );
  const epochs = [
    ...history.map(({ epoch }) => epoch),
    ...(reference?.points ?? []).map(({ epoch }) => epoch),
  ];
  const first = Math.min(...epochs, ...(epochs.length === 0 ? [0] : []));
  const last = Math.max(...epochs, first + 1);
  const margin = Math.max((last - first) * 0.02, 0.1);
  const isShown = (epoch: number) => epoch >= first - margin && epoch <= last + margin;
  const mode = history.length <= MARKED_EPOCHS ? 'lines+markers' : 'lines';
  const testedAlways = tested.length === history.length;

  const rows = [
    {
      yaxis: 'y',
      quantity: 'loss',
      train: history.map(({ loss }) => loss),
      test: tested.map(({ testLoss }) => testLoss ?? null),
      reference: reference?.points.map(({ loss }) => loss),
    },
    {
      yaxis: 'y2',
      quantity: 'accuracy',
      train: history.map(({ accuracy }) => accuracy),
      test: tested.map(({ testAccuracy }) => testAccuracy ?? null),
      reference: reference?.points.map(({ accuracy }) => accuracy),
    },
  ];

  const data: Record<string, unknown>[] = [];
  for (const { yaxis, quantity, train, test, reference: referenceValues } of rows) {
    const shared = {
      type: 'scatter',
      xaxis: 'x',
      yaxis,
      showlegend: yaxis === 'y',
      hovertemplate: `epoch %{x}<br>${quantity} %{y:.4f}<extra>%{fullData.name}</extra>`,
    };
    data.push({
      ...shared,
      name: 'training',
      legendgroup: 'training',
      x: history.map(({ epoch }) => epoch),
      y: train,
      mode,
      line: { color: PALETTE.blue, width: 2 },
      marker: { size: 6 },
    });
    if (tested.length > 0) {
      data.push({
        ...shared,
        name: 'test',
        legendgroup: 'test',
        x: tested.map(({ epoch }) => epoch),
        y: test,
        mode: testedAlways ? mode : 'markers',
        line: { color: PALETTE.vermillion, width: 2, dash: 'dash' },
        marker: { size: testedAlways ? 6 : 9, symbol: 'square', color: PALETTE.vermillion },
      });
    }
    if (reference !== undefined) {
      data.push({
        ...shared,
        name: reference.name,
        legendgroup: 'reference',
        x: reference.points.map(({ epoch }) => epoch),
        y: referenceValues,
        mode: 'markers',
        cliponaxis: false,
        marker: {
          size: 10,
          symbol: 'diamond-open',
          color: PALETTE.vermillion,
          line: { width: 2, color: PALETTE.vermillion },
        },
      });
    }
  }
  if (checkpoints.length > 0) {
    data.push({
      type: 'scatter',
      name: 'checkpoint',
      x: [null],
      y: [null],
      mode: 'lines',
      line: { color: INK.muted, width: 1.5, dash: 'dot' },
    });
  }

  const heading = { title, subtitle };
  const layout = baseLayout(heading, FIGURE_WIDTH, 430);
  const showLegend = data.length > 2;
  return {
    data,
    layout: {
      ...layout,
      autosize: true,
      // Both rows have the same left edge whatever their numbers need.
      margin: { l: 72, r: 28, t: headingHeight(heading) + (showLegend ? 22 : 0), b: 56 },
      hovermode: 'x',
      showlegend: showLegend,
      legend: { orientation: 'h', x: 1, xanchor: 'right', y: 1.02, yanchor: 'bottom' },
      xaxis: {
        ...axis('EPOCHS'),
        range: [first - margin, last + margin],
        anchor: 'y2',
        tickformat: ',d',
        ...(last - first <= 12 ? { dtick: 1, tick0: 0 } : {}),
      },
      yaxis: {
        ...axis('Loss (logarithmic)'),
        domain: [0.55, 1],
        type: 'log',
        nticks: 6,
        // Of 0.02 Plotly would show only the 2.
        tickformat: '.4~g',
        ...(epochs.length === 0 ? { range: [-2, Math.log10(2.5)] } : {}),
      },
      yaxis2: { ...axis('Accuracy'), domain: [0, 0.45], range: [0, 1.04], dtick: 0.2 },
      // A line beyond the axis is nothing to see, and more than resvg's clipping can take.
      shapes: checkpoints.filter(isShown).map((epoch) => ({
        type: 'line',
        xref: 'x',
        yref: 'paper',
        x0: epoch,
        x1: epoch,
        y0: 0,
        y1: 1,
        layer: 'below',
        line: { color: INK.muted, width: 1.5, dash: 'dot' },
      })),
    },
    description: [
      'Loss on a logarithmic scale over accuracy, by epoch.',
      ...sentence('training', history),
      ...sentence(
        'test',
        tested.map(({ epoch, testLoss, testAccuracy }) => ({
          epoch,
          loss: testLoss,
          accuracy: testAccuracy,
        })),
      ),
      ...(reference ? sentence(reference.name, reference.points) : []),
    ].join(' '),
  };
}

/** Where a curve begins and ends, in words. */
function sentence(
  name: string,
  points: readonly { epoch: number; loss?: number | undefined; accuracy?: number | undefined }[],
): string[] {
  if (points.length === 0) return [];
  const ends = points.filter((_, at) => at === 0 || at === points.length - 1);
  const number = (value: number | undefined) => value?.toFixed(4) ?? 'not measured';
  const texts = ends.map(
    ({ epoch, loss, accuracy }) =>
      `epoch ${epoch}: loss ${number(loss)}, accuracy ${number(accuracy)}`,
  );
  return [`${name}, ${texts.join('; ')}.`];
}
