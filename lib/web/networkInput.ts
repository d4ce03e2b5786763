/** Height and width of the images that the network takes. */
export const SIDE = 32;

const RGB = 3;
const RGBA = 4;

/** A picture of any size. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /**
   * A part of it: red, green, blue and opacity of each pixel, row by row, 0 to 255; the colours not
   * multiplied by the opacity.
   */
  read(left: number, top: number, width: number, height: number): Uint8Array | Uint8ClampedArray;
}

/** The largest square in the middle of a picture: what the network is shown of it. */
export function middleSquare({ width, height }: Pick<Picture, 'width' | 'height'>): {
  left: number;
  top: number;
  side: number;
} {
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), side };
}

/**
 * A picture as the network takes it: its {@link middleSquare}, what is transparent over white, each
 * of 32×32 pixels the mean of the area that it covers (OpenCV's `INTER_AREA`, for smaller
 * pictures too), scaled as `ToTensor` does: value / 255. A picture of 32×32 pixels stays as it is.
 *
 * @returns (32, 32, 3), row by row, 0 to 1
 */
export function networkInput(picture: Picture): Float32Array {
  const { left, top, side } = middleSquare(picture);
  const input = new Float32Array(SIDE * SIDE * RGB);
  for (let row = 0; row < SIDE; row++) {
    // A strip at a time: the pixels of a whole photograph would take ten times its file's memory.
    const strip = shares(row, side);
    const pixels = picture.read(left, top + strip.first, side, strip.parts.length);
    for (let column = 0; column < SIDE; column++) {
      const area = shares(column, side);
      const sum: [number, number, number] = [0, 0, 0];
      for (const [y, height] of strip.parts.entries()) {
        for (const [x, width] of area.parts.entries()) {
          addOverWhite(sum, pixels, (y * side + area.first + x) * RGBA, height * width);
        }
      }
      const scale = (SIDE / side) ** 2 / 255;
      input.set(
        sum.map((value) => value * scale),
        (row * SIDE + column) * RGB,
      );
    }
  }
  return input;
}

/** The pixels of `side` that the one at `index` of 32 covers: the first, and how much of each. */
function shares(index: number, side: number): { first: number; parts: number[] } {
  const [begin, end] = [(index * side) / SIDE, ((index + 1) * side) / SIDE];
  const first = Math.floor(begin);
  const parts = Array.from({ length: Math.ceil(end) - first }, (_, offset) => {
    const pixel = first + offset;
    return Math.min(end, pixel + 1) - Math.max(begin, pixel);
  });
  return { first, parts };
}

/** Adds a pixel, rounded over white as a browser's canvas rounds it, so many times. */
function addOverWhite(
  sum: [number, number, number],
  pixels: Uint8Array | Uint8ClampedArray,
  at: number,
  times: number,
): void {
  const opacity = pixels[at + RGB] as number;
  for (let channel = 0; channel < RGB; channel++) {
    const colour = pixels[at + channel] as number;
    const seen = opacity === 255 ? colour : Math.round((colour * opacity) / 255) + 255 - opacity;
    sum[channel] = (sum[channel] as number) + seen * times;
  }
}
