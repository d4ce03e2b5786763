import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { drawEnlarged, emptyAtlas } from '../images';
import { requireLength } from '../requireLength';
import { INK, headingHeight, type Heading } from '../style';

/** Filters in a row. */
const COLUMNS = 16;
const FILTER_SIDE = 38;
const GAP = { x: 5, y: 2 } as const;
const LABEL_WIDTH = 58;
/** Below a row of pairs: how much each changed, and air. */
const CAPTION = 30;

/**
 * What training made of the filters of a first convolution: small colour pictures in pairs, before
 * above after, those that changed most first. Grey is a weight of zero; each pair is scaled by
 * itself, so that its greatest weight in size is fully light or dark. Below stands the change, as
 * the length of the difference in lengths of the filter before.
 * @param before weights as TensorFlow.js keeps them: [height, width, 3, filters]
 * @param after as `before`
 * @throws RangeError when there are not as many weights as the shape says
 */
export function filterChanges(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  shape: readonly [height: number, width: number, inChannels: 3, filters: number],
  heading: Heading,
): Figure {
  const [height, width, , filters] = shape;
  const size = height * width * 3;
  for (const [name, kernel] of Object.entries({ before, after })) {
    requireLength(name, kernel, size * filters, `shape ${shape.join('×')}`);
  }
  const ordered = Array.from({ length: filters }, (_, filter) => {
    const weightsOf = (kernel: ArrayLike<number>) =>
      Array.from({ length: size }, (__, at) => kernel[at * filters + filter] ?? 0);
    const pair = [weightsOf(before), weightsOf(after)] as const;
    const difference = pair[1].map((weight, at) => weight - (pair[0][at] ?? 0));
    return { filter, pair, change: Math.hypot(...difference) / Math.hypot(...pair[0]) };
  }).sort((a, b) => b.change - a.change);

  const scale = Math.max(1, Math.round(FILTER_SIDE / Math.max(height, width)));
  const across = Math.min(COLUMNS, filters);
  const [cellWidth, rowHeight] = [width * scale + GAP.x, 2 * height * scale + GAP.y + CAPTION];
  const top = headingHeight(heading) + 4;
  const bottom = top + Math.ceil(filters / across) * rowHeight;
  const drawing = new Drawing(
    heading,
    Math.max(420, LABEL_WIDTH + across * cellWidth + 20),
    bottom + 30,
  );

  for (let first = 0; first < filters; first += across) {
    const row = ordered.slice(first, first + across);
    const y = top + (first / across) * rowHeight;
    const atlas = emptyAtlas(2 * row.length, row.length, width, height, scale, GAP);
    for (const [column, { pair, change }] of row.entries()) {
      const largest = Math.max(...pair.flat().map(Math.abs));
      const level = (value: number) =>
        Math.round(127.5 + (largest === 0 ? 0 : (127.5 * value) / largest));
      for (const [half, weights] of pair.entries()) {
        const corner = atlas.corner(half * row.length + column);
        drawEnlarged(atlas.pixels, corner.x, corner.y, scale, width, height, (pixelRow, x) => {
          const at = (pixelRow * width + x) * 3;
          return [
            level(weights[at] ?? 0),
            level(weights[at + 1] ?? 0),
            level(weights[at + 2] ?? 0),
          ];
        });
      }
      drawing.label(
        percent(change),
        LABEL_WIDTH + column * cellWidth + (width * scale) / 2,
        y + atlas.pixels.height + 3,
        { valign: 'top', size: 10, colour: INK.muted },
      );
    }
    for (const [half, text] of ['before', 'after'].entries()) {
      drawing.label(text, LABEL_WIDTH - 8, y + (half + 0.5) * height * scale + half * GAP.y, {
        align: 'right',
        size: 11,
      });
    }
    drawing.picture(atlas.pixels, LABEL_WIDTH, y, atlas.pixels.width, atlas.pixels.height);
  }
  drawing.label(
    'Grey: a weight of 0. Each pair is scaled by itself; below it, how far training moved it, in lengths of the filter before.',
    20,
    bottom + 10,
    { align: 'left', size: 11, colour: INK.muted },
  );
  const [most, least] = [ordered[0], ordered.at(-1)];
  return drawing.figure(
    `${filters} filters of ${height}×${width} pixels, before and after training, those that changed most first` +
      (most && least
        ? `: filter ${most.filter} by ${percent(most.change)} to filter ${least.filter} by ${percent(least.change)}.`
        : '.'),
  );
}

/** Of a filter that was zero there is no share. */
function percent(change: number): string {
  return Number.isFinite(change) ? `${Math.round(100 * change)} %` : '';
}
