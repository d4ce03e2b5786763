import { blankPixels, type Pixels } from './pixels';

/** Copies a colour picture into `target`, each of its pixels a square of `scale` by `scale`. */
export function drawEnlarged(
  target: Pixels,
  left: number,
  top: number,
  scale: number,
  width: number,
  height: number,
  colourAt: (row: number, column: number) => readonly [number, number, number],
): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const colour = colourAt(row, column);
      for (let y = top + row * scale; y < top + (row + 1) * scale; y++) {
        for (let x = left + column * scale; x < left + (column + 1) * scale; x++) {
          const at = (y * target.width + x) * 4;
          target.rgba.set(colour, at);
          target.rgba[at + 3] = 255;
        }
      }
    }
  }
}

/** Several equally large pictures side by side in one, pixel for pixel, `gap` clear pixels between. */
export interface Atlas {
  pixels: Pixels;
  /** Upper left corner of a picture in it. */
  corner(index: number): { x: number; y: number };
  /** Side lengths of one enlarged picture. */
  cellWidth: number;
  cellHeight: number;
}

/** Room for `count` pictures of `width` by `height`, enlarged `scale` times, in rows of `columns`. */
export function emptyAtlas(
  count: number,
  columns: number,
  width: number,
  height: number,
  scale: number,
  gap: { x: number; y: number },
): Atlas {
  const [cellWidth, cellHeight] = [width * scale, height * scale];
  const rows = Math.ceil(count / columns);
  const across = Math.min(count, columns);
  return {
    pixels: blankPixels(
      Math.max(1, across * (cellWidth + gap.x) - gap.x),
      Math.max(1, rows * (cellHeight + gap.y) - gap.y),
      [255, 255, 255, 0],
    ),
    corner: (index) => ({
      x: (index % columns) * (cellWidth + gap.x),
      y: Math.floor(index / columns) * (cellHeight + gap.y),
    }),
    cellWidth,
    cellHeight,
  };
}
