import { writeWhole } from '../files';
import type { Figure } from './figure';
import { FONT_FILES, FONT_NAME } from './fonts';
import { plotlyInNode } from './plotlyInNode';

/** How large a picture is. */
export interface PictureSize {
  /** CSS pixels; the figure's own width and height by default. */
  width?: number;
  height?: number;
  /** Device pixels for a CSS pixel; 2 by default, sharp on a high-density screen. */
  scale?: number;
}

/**
 * The figure as SVG, drawn by Plotly.js without a browser.
 * Texts name the font IBM Plex Sans; a viewer that lacks it shows another.
 */
export async function toSvg(figure: Figure, size: PictureSize = {}): Promise<string> {
  const plotly = await plotlyInNode();
  return plotly.toSvg(resized(figure, size));
}

/** The figure as a PNG file's bytes, `width · scale` by `height · scale` pixels. */
export async function toPng(figure: Figure, size: PictureSize = {}): Promise<Buffer> {
  const [plotly, { renderAsync }] = await Promise.all([plotlyInNode(), import('@resvg/resvg-js')]);
  const svg = await plotly.toSvg(resized(figure, size));
  const image = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: size.scale ?? 2 },
    // Pixels stay squares, in a heatmap and in a picture of pixels alike.
    imageRendering: 1,
    font: {
      fontFiles: Object.values(FONT_FILES),
      defaultFontFamily: FONT_NAME,
      // Reading all fonts of the system takes time: only for text that these fonts cannot write.
      loadSystemFonts: !plotly.metrics.covers(svg),
    },
  });
  return image.asPng();
}

/**
 * Writes the figure to a PNG file, whole or not at all.
 * @throws Error naming the file when it cannot be written.
 */
export async function saveFigure(
  figure: Figure,
  file: string,
  size: PictureSize = {},
): Promise<void> {
  await writeWhole(file, await toPng(figure, size));
}

function resized(figure: Figure, { width, height }: PictureSize): Figure {
  if (width === undefined && height === undefined) return figure;
  const { layout } = figure;
  return {
    ...figure,
    layout: { ...layout, width: width ?? layout.width, height: height ?? layout.height },
  };
}
