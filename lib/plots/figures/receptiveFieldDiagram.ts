import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { drawEnlarged, emptyAtlas } from '../images';
import { requireLength } from '../requireLength';
import { INK, PALETTE, headingHeight, type Heading } from '../style';

/** What one position of a feature map sees of the image, the same along height and width. */
export interface FieldView {
  /** `icp_3a`. */
  name: string;
  /** First and last pixel seen, counted from the image's first; those outside it are padding. */
  first: number;
  last: number;
}

/** Views in a row. */
const COLUMNS = 5;
const SCALE = 2;
const GAP = 16;
const CAPTION = 66;
/** How much of a pixel that is not seen is left. */
const DIMMED = 0.22;
const PADDING = 214;

/**
 * What a position of each feature map sees of an image: the image with its padding, dimmed but for
 * the receptive field, whose frame is cut off where it leaves the picture.
 * @param image pixels, 0 to 255: (height, width, 3), row by row, channels last
 * @throws RangeError when the image has not as many values as its shape says
 */
export function receptiveFieldDiagram(
  image: ArrayLike<number>,
  imageShape: readonly [height: number, width: number, channels: 3],
  views: readonly FieldView[],
  heading: Heading,
): Figure {
  const [height, width] = imageShape;
  requireLength('image', image, height * width * 3, `shape ${imageShape.join('×')}`);
  const padding = Math.round(Math.max(height, width) / 2);
  const [shownWidth, shownHeight] = [width + 2 * padding, height + 2 * padding];
  const [cellWidth, cellHeight] = [shownWidth * SCALE + GAP, shownHeight * SCALE + CAPTION];
  const across = Math.min(COLUMNS, Math.max(1, views.length));
  const top = headingHeight(heading) + 4;
  const drawing = new Drawing(
    heading,
    Math.max(420, 40 + across * cellWidth - GAP),
    top + Math.ceil(views.length / across) * cellHeight + 8,
  );
  const sees = ({ first, last }: FieldView, pixel: number) => pixel >= first && pixel <= last;
  const seen = (view: FieldView, side: number) =>
    Math.max(0, Math.min(view.last, side - 1) - Math.max(view.first, 0) + 1);
  const caption = (view: FieldView) => {
    const size = view.last - view.first + 1;
    const share = (seen(view, height) * seen(view, width)) / (height * width);
    return [`${size}×${size} pixels`, `${Math.round(100 * share)} % of the image`];
  };

  for (const [index, view] of views.entries()) {
    const x = 20 + (index % across) * cellWidth;
    const y = top + Math.floor(index / across) * cellHeight;
    const { pixels } = emptyAtlas(1, 1, shownWidth, shownHeight, SCALE, { x: 0, y: 0 });
    drawEnlarged(pixels, 0, 0, SCALE, shownWidth, shownHeight, (shownRow, shownColumn) => {
      const [row, column] = [shownRow - padding, shownColumn - padding];
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      const at = (row * width + column) * 3;
      const kept = sees(view, row) && sees(view, column) ? 1 : DIMMED;
      const level = (channel: number) =>
        Math.round(255 + kept * ((inside ? (image[at + channel] ?? 0) : PADDING) - 255));
      return [level(0), level(1), level(2)];
    });
    drawing.picture(pixels, x, y, pixels.width, pixels.height);
    drawing.box(x, y, pixels.width, pixels.height, { line: INK.grid });
    const cut = (edge: number, side: number) =>
      SCALE * Math.min(side + padding, Math.max(-padding, edge)) + SCALE * padding;
    const [left, right] = [cut(view.first, width), cut(view.last + 1, width)];
    const [upper, lower] = [cut(view.first, height), cut(view.last + 1, height)];
    drawing.box(x + left, y + upper, right - left, lower - upper, {
      line: PALETTE.vermillion,
      lineWidth: 2,
    });
    const middle = x + pixels.width / 2;
    drawing.label(view.name, middle, y + pixels.height + 12, { bold: true, colour: INK.title });
    drawing.label(caption(view).join('<br>'), middle, y + pixels.height + 22, {
      valign: 'top',
      size: 11,
      colour: INK.muted,
    });
  }
  return drawing.figure(
    `What one position sees of the image of ${height}×${width} pixels: ${views
      .map((view) => `${view.name} ${caption(view).join(', ')}`)
      .join('; ')}.`,
  );
}
