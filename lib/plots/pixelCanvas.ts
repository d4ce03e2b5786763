import { blankPixels, pngDataUri, type Pixels } from './pixels';

/**
 * The part of CanvasRenderingContext2D that Plotly's heatmaps and image traces draw with.
 * The canvas is as large as it was when the context was first asked for.
 */
export class PixelCanvas {
  fillStyle = 'rgba(0, 0, 0, 1)';
  readonly #pixels: Pixels;

  constructor(width: number, height: number) {
    this.#pixels = blankPixels(width, height, [0, 0, 0, 0]);
  }

  fillRect(left: number, top: number, width: number, height: number): void {
    const colour = rgbaBytes(this.fillStyle);
    const { width: columns, height: rows, rgba } = this.#pixels;
    const right = Math.min(columns, Math.round(left + width));
    const bottom = Math.min(rows, Math.round(top + height));
    for (let y = Math.max(0, Math.round(top)); y < bottom; y++) {
      for (let x = Math.max(0, Math.round(left)); x < right; x++) {
        rgba.set(colour, (y * columns + x) * 4);
      }
    }
  }

  createImageData(width: number, height: number): { width: number; data: Uint8Array } {
    return { width, data: new Uint8Array(width * height * 4) };
  }

  putImageData(image: { width: number; data: Uint8Array }): void {
    this.#pixels.rgba.set(image.data);
  }

  toDataURL(): string {
    return pngDataUri(this.#pixels);
  }
}

function rgbaBytes(style: string): [number, number, number, number] {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (style.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue, Math.round(alpha * 255)];
}
