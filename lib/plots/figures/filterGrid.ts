import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { drawEnlarged, emptyAtlas } from '../images';
import { requireLength } from '../requireLength';
import { INK, headingHeight, type Heading } from '../style';

export interface FilterGridOptions extends Heading {
  /** Filters in a row; 16 by default. */
  columns?: number;
}

/**
 * The filters of a first convolution as small colour pictures. Grey is a weight of zero; each
 * filter is scaled by itself, so that its greatest weight in size is fully light or dark.
 * @param kernel weights as TensorFlow.js keeps them: [height, width, 3, filters]
 * @throws RangeError when there are not as many weights as the shape says
 */
export function filterGrid(
  kernel: ArrayLike<number>,
  shape: readonly [height: number, width: number, inChannels: 3, filters: number],
  { title, subtitle, columns = 16 }: FilterGridOptions,
): Figure {
  const [height, width, , filters] = shape;
  requireLength('kernel', kernel, height * width * 3 * filters, `shape ${shape.join('×')}`);
  const scale = Math.max(1, Math.round(42 / Math.max(height, width)));
  const across = Math.min(columns, filters);
  const gap = { x: 5, y: 5 };
  const atlas = emptyAtlas(filters, across, width, height, scale, gap);
  const head = { title, subtitle };
  const top = headingHeight(head) + 4;
  for (let filter = 0; filter < filters; filter++) {
    const weight = (row: number, column: number, channel: number) =>
      kernel[((row * width + column) * 3 + channel) * filters + filter] ?? 0;
    let largest = 0;
    for (let at = filter; at < kernel.length; at += filters) {
      largest = Math.max(largest, Math.abs(kernel[at] ?? 0));
    }
    const level = (value: number) =>
      Math.round(127.5 + (largest === 0 ? 0 : (127.5 * value) / largest));
    const corner = atlas.corner(filter);
    drawEnlarged(atlas.pixels, corner.x, corner.y, scale, width, height, (row, column) => [
      level(weight(row, column, 0)),
      level(weight(row, column, 1)),
      level(weight(row, column, 2)),
    ]);
  }
  const drawing = new Drawing(
    head,
    Math.max(40 + atlas.pixels.width, 420),
    top + atlas.pixels.height + 40,
  );
  drawing.picture(atlas.pixels, 20, top, atlas.pixels.width, atlas.pixels.height);
  drawing.label(
    'Grey: a weight of 0. Each filter is scaled by itself.',
    20,
    top + atlas.pixels.height + 20,
    {
      align: 'left',
      size: 11,
      colour: INK.muted,
    },
  );
  return drawing.figure();
}
