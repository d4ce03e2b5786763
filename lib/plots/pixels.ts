import { PNG } from 'pngjs';

/** Pixels of a picture: RGBA, 8 bits each, row by row from the upper left. */
export interface Pixels {
  width: number;
  height: number;
  rgba: Uint8Array;
}

/** A picture of one colour; `[r, g, b, alpha]` from 0 to 255. */
export function blankPixels(
  width: number,
  height: number,
  colour: readonly [number, number, number, number],
): Pixels {
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < rgba.length; at += 4) rgba.set(colour, at);
  return { width, height, rgba };
}

/** The picture as a `data:` address with PNG in it. */
export function pngDataUri(pixels: Pixels): string {
  return `data:image/png;base64,${encodePng(pixels).toString('base64')}`;
}

/** The picture as a PNG file. */
function encodePng({ width, height, rgba }: Pixels): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  return PNG.sync.write(png);
}
