import { createHash } from 'node:crypto';
import { JSDOM } from 'jsdom';
import { PLOTLY_MIME } from '../plots';
import { figureOf } from './figureOf';
import type { Output } from './notebook';

/** A picture of a page, as a file. */
export interface Picture {
  file: string;
  png: Buffer;
}

/**
 * A figure's output as a page shows it: its picture, and beside it what figures.js makes it
 * interactive from. Other outputs stay as they are.
 * @param folder of the pictures, as the page calls it
 */
export function pageOutput(
  output: Output,
  folder: string,
): { output: Output; picture?: Picture | undefined } {
  const alt = (output.metadata?.['image/png'] as { alt?: string } | undefined)?.alt;
  const figure = figureOf(output);
  if (!figure || alt === undefined) return { output };
  const png = Buffer.from(String(output.data?.['image/png']), 'base64');
  const file = `${createHash('sha256').update(png).digest('hex').slice(0, 12)}.png`;
  const { document } = new JSDOM().window;
  const plot = document.createElement('div');
  plot.className = 'plot';
  const image = document.createElement('img');
  image.src = `${folder}/${file}`;
  image.alt = alt;
  image.width = figure.layout.width;
  image.height = figure.layout.height;
  const source = document.createElement('script');
  source.type = 'application/json';
  // Of all that JSON may hold only this could end the element.
  source.textContent = JSON.stringify(output.data?.[PLOTLY_MIME]).replaceAll('<', '\\u003c');
  plot.append(image, source);
  return {
    output: {
      output_type: output.output_type,
      data: { 'text/html': plot.outerHTML },
      metadata: {},
    },
    picture: { file, png },
  };
}
