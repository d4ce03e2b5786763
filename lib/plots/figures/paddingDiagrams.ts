import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { COLORWAY, FIGURE_WIDTH, INK, PALETTE, headingHeight, type Heading } from '../style';

/** A square kernel and the padding on each side of the image. */
export interface KernelPadding {
  kernel: number;
  padding: number;
}

/** How an operation pads one side of an image: so many pixels before it, so many after. */
export interface PaddingScheme {
  /** `PyTorch, padding=3`. */
  name: string;
  before: number;
  after: number;
}

export interface StridedWindows {
  /** Pixels in a row of the image. */
  size: number;
  kernel: number;
  stride: number;
  schemes: readonly PaddingScheme[];
}

const PIXEL_FILL = '#CFE3F5';
const PIXEL_LINE = '#FFFFFF';
const PADDING_FILL = '#F0F2F5';

/** Output side of a convolution: ⌊(size + before + after − kernel) / stride⌋ + 1. */
function outputSize(
  size: number,
  before: number,
  after: number,
  kernel: number,
  stride: number,
): number {
  return Math.floor((size + before + after - kernel) / stride) + 1;
}

/**
 * Why some pairs of kernel and padding keep the image's size: the kernel stands with its centre
 * on the image's first pixel and overhangs exactly the padding.
 * @param size pixels in a row of the image that is drawn; 7 by default
 */
export function kernelPaddingDiagram(
  pairs: readonly KernelPadding[],
  heading: Heading,
  size = 7,
): Figure {
  const cell = 16;
  const largest = Math.max(0, ...pairs.map(({ padding }) => padding));
  const side = (size + 2 * largest) * cell;
  const panel = Math.max(side + 48, 230);
  const top = headingHeight(heading) + 40;
  const drawing = new Drawing(heading, 24 + panel * pairs.length, top + side + 100);
  for (const [index, { kernel, padding }] of pairs.entries()) {
    const centre = 12 + panel * (index + 0.5);
    const left = centre - ((size + 2 * padding) * cell) / 2;
    const upper = top + (largest - padding) * cell;
    drawing.label(`kernel ${kernel}, padding ${padding}`, centre, top - 20, {
      bold: true,
      size: 14,
      colour: INK.title,
    });
    for (let row = 0; row < size + 2 * padding; row++) {
      for (let column = 0; column < size + 2 * padding; column++) {
        const inside = [row, column].every((at) => at >= padding && at < padding + size);
        drawing.box(left + column * cell, upper + row * cell, cell, cell, {
          fill: inside ? PIXEL_FILL : PADDING_FILL,
          line: inside ? PIXEL_LINE : '#D5DAE0',
        });
      }
    }
    drawing.box(left, upper, kernel * cell, kernel * cell, {
      fill: 'rgba(213, 94, 0, 0.16)',
      line: PALETTE.vermillion,
      lineWidth: 2.5,
    });
    const middle = ((kernel - 1) / 2) * cell;
    drawing.box(left + middle, upper + middle, cell, cell, {
      fill: PALETTE.vermillion,
      line: PALETTE.vermillion,
    });
    const out = outputSize(size, padding, padding, kernel, 1);
    drawing.label(
      `(${size} + 2·${padding} − ${kernel}) / 1 + 1 = <b>${out}</b>`,
      centre,
      top + side + 24,
      { size: 14, colour: INK.title },
    );
    drawing.label(
      out === size ? `${size} in, ${out} out: size kept` : `${size} in, ${out} out: size changed`,
      centre,
      top + side + 46,
      { size: 12, colour: out === size ? '#00704F' : '#A84300' },
    );
  }
  legend(drawing, 24, top + side + 80, [
    { fill: PIXEL_FILL, text: 'pixel of the image' },
    { fill: PADDING_FILL, text: 'padding' },
    { fill: PALETTE.vermillion, text: 'centre of the kernel’s first position' },
  ]);
  return drawing.figure(
    `${pairs
      .map(({ kernel, padding }) => {
        const out = outputSize(size, padding, padding, kernel, 1);
        return `Kernel ${kernel} with padding ${padding} makes ${out} pixels of ${size}`;
      })
      .join('. ')}.`,
  );
}

/**
 * Which pixels the windows of a strided operation see, along one side of the image, for several
 * ways to pad: the same output size does not mean the same pixels.
 */
export function stridePaddingDiagram(
  { size, kernel, stride, schemes }: StridedWindows,
  heading: Heading,
): Figure {
  const before = Math.max(0, ...schemes.map((scheme) => scheme.before));
  const after = Math.max(0, ...schemes.map((scheme) => scheme.after));
  const cell = Math.max(
    14,
    Math.min(26, Math.floor((FIGURE_WIDTH - 40) / (size + before + after))),
  );
  const left = 20;
  const shownWindows = 3;
  const lane = 20;
  const block = 44 + cell + 12 + shownWindows * lane + 20;
  const top = headingHeight(heading) + 8;
  const drawing = new Drawing(
    heading,
    left * 2 + (size + before + after) * cell,
    top + schemes.length * block + 24,
  );
  for (const [index, scheme] of schemes.entries()) {
    const y = top + index * block;
    const count = outputSize(size, scheme.before, scheme.after, kernel, stride);
    drawing.label(
      `<b>${scheme.name}</b>: ${scheme.before} before, ${scheme.after} after, ${count} windows`,
      left,
      y + 14,
      { align: 'left', size: 14, colour: INK.title },
    );
    const row = y + 34;
    const xOf = (pixel: number) => left + (before + pixel) * cell;
    for (let pixel = -scheme.before; pixel < size + scheme.after; pixel++) {
      const inside = pixel >= 0 && pixel < size;
      drawing.box(xOf(pixel), row, cell, cell, {
        fill: inside ? PIXEL_FILL : PADDING_FILL,
        line: inside ? PIXEL_LINE : '#D5DAE0',
      });
      if (inside) drawing.label(String(pixel), xOf(pixel + 0.5), row + cell / 2, { size: 10 });
    }
    const windows = [
      ...new Set([...Array.from({ length: shownWindows }, (_, at) => at), count - 1]),
    ].filter((window) => window >= 0 && window < count);
    for (const [order, window] of windows.entries()) {
      const first = window * stride - scheme.before;
      const laneY = row + cell + 10 + (window === count - 1 ? 0 : order) * lane;
      drawing.box(xOf(first), laneY, kernel * cell, lane - 6, {
        fill: `${COLORWAY[order % COLORWAY.length] ?? PALETTE.blue}33`,
        line: COLORWAY[order % COLORWAY.length] ?? PALETTE.blue,
        lineWidth: 1.5,
      });
      const centre = first + (kernel - 1) / 2;
      drawing.label(
        `window ${window}${Number.isInteger(centre) ? `: centre on pixel ${centre}` : ''}`,
        xOf(first + kernel / 2),
        laneY + (lane - 6) / 2,
        { size: 10, colour: INK.title },
      );
    }
  }
  legend(drawing, left, top + schemes.length * block + 4, [
    { fill: PIXEL_FILL, text: 'pixel of the image' },
    { fill: PADDING_FILL, text: 'padding' },
  ]);
  return drawing.figure(
    `${schemes
      .map((scheme) => `${scheme.name}: the first window starts at pixel ${-scheme.before}`)
      .join('; ')}.`,
  );
}

function legend(
  drawing: Drawing,
  left: number,
  y: number,
  entries: readonly { fill: string; text: string }[],
): void {
  let x = left;
  for (const { fill, text } of entries) {
    drawing.box(x, y - 7, 14, 14, { fill, line: INK.line });
    drawing.label(text, x + 20, y, { align: 'left', size: 12 });
    x += 20 + text.length * 6.2 + 28;
  }
}
