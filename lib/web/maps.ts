import type { Activations } from '../nn';

/** Maps in a row. */
const COLUMNS = 16;
/** Canvas pixels of a map, and between two. */
const TILE = 24;
const GAP = 3;

/** Neither light nor dark, so that it is told from both grounds. */
const BLUE = 'rgb(40 140 210)';
const EMPTY = 'rgb(128 128 128 / 16%)';

/**
 * Draws the feature maps of a branch, each a square, in rows.
 *
 * @param largest the number that is drawn in full blue
 */
export function drawMaps(
  canvas: HTMLCanvasElement,
  { values, shape }: Activations,
  largest: number,
): void {
  const [height, width, channels] = shape;
  canvas.width = COLUMNS * (TILE + GAP) - GAP;
  canvas.height = Math.ceil(channels / COLUMNS) * (TILE + GAP) - GAP;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const [pixelWidth, pixelHeight] = [TILE / width, TILE / height];
  for (let channel = 0; channel < channels; channel++) {
    const left = (channel % COLUMNS) * (TILE + GAP);
    const top = Math.floor(channel / COLUMNS) * (TILE + GAP);
    context.globalAlpha = 1;
    context.fillStyle = EMPTY;
    context.fillRect(left, top, TILE, TILE);
    context.fillStyle = BLUE;
    for (let position = 0; position < height * width; position++) {
      context.globalAlpha = (values[position * channels + channel] as number) / (largest || 1);
      context.fillRect(
        left + (position % width) * pixelWidth,
        top + Math.floor(position / width) * pixelHeight,
        pixelWidth,
        pixelHeight,
      );
    }
  }
}

/** How many maps of a branch are 0 everywhere. */
export function silentMaps({ values, shape: [, , channels] }: Activations): number {
  const sounding = new Set<number>();
  values.forEach((value, index) => {
    if (value !== 0) sounding.add(index % channels);
  });
  return channels - sounding.size;
}
