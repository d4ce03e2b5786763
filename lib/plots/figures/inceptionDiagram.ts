import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { INK, headingHeight, shapeText, type Heading } from '../style';

/** One layer of a branch. */
export interface InceptionLayer {
  /** Its colour: a convolution, a 1×1 convolution that only reduces or projects channels, a pooling. */
  kind: 'convolution' | 'reduction' | 'pooling';
  /** `3×3 convolutions`. */
  name: string;
  /** Channels, height, width, as the lecture writes them. */
  outputShape: readonly number[];
}

/** An Inception block: layers of each branch in the order in which data passes them. */
export interface InceptionDescription {
  input: { name: string; shape: readonly number[] };
  branches: readonly { name: string; layers: readonly InceptionLayer[] }[];
  output: { name: string; shape: readonly number[] };
}

/** The paper's figure has its convolutions blue, reductions yellow, pooling red, concatenation green. */
const FILL = {
  convolution: '#CFE3F5',
  reduction: '#FFEFB8',
  pooling: '#F9D3CC',
  concatenation: '#CDEBD9',
  input: '#E9ECF0',
} as const;

const EDGE = {
  convolution: '#3A7CB8',
  reduction: '#B98A00',
  pooling: '#C2573F',
  concatenation: '#2E8B57',
  input: '#7B8794',
} as const;

const BOX = { width: 170, height: 54 } as const;
const COLUMN = 190;
const ROW = 112;
const SIDE = 20;

/**
 * An Inception block as the paper's Figure 2 draws it: data flows from the bottom to the top,
 * each arrow carries the shape that passes along it.
 */
export function inceptionDiagram(description: InceptionDescription, heading: Heading): Figure {
  const { input, branches, output } = description;
  const rows = Math.max(1, ...branches.map(({ layers }) => layers.length));
  const width = SIDE * 2 + COLUMN * branches.length;
  const top = headingHeight(heading) + 50;
  const concatenationY = top;
  const rowY = (row: number) => top + ROW + row * ROW;
  const inputY = rowY(rows);
  const drawing = new Drawing(heading, width, inputY + BOX.height + 24);
  const wide = { x: SIDE, width: COLUMN * branches.length } as const;

  drawing.box(wide.x, concatenationY, wide.width, BOX.height, look('concatenation'));
  drawing.label(output.name, width / 2, concatenationY + BOX.height / 2, { bold: true, size: 14 });
  drawing.arrow(width / 2, concatenationY, width / 2, concatenationY - 34);
  drawing.label(shapeText(output.shape), width / 2 + 10, concatenationY - 18, {
    align: 'left',
    bold: true,
    colour: INK.title,
  });

  drawing.box(wide.x, inputY, wide.width, BOX.height, look('input'));
  drawing.label(
    `<b>${input.name}</b>  ${shapeText(input.shape)}`,
    width / 2,
    inputY + BOX.height / 2,
    {
      size: 14,
    },
  );

  for (const [column, { name, layers }] of branches.entries()) {
    const centre = SIDE + COLUMN * (column + 0.5);
    // A short branch ends, as in the paper, in the row next to the concatenation.
    let from = inputY;
    for (const [order, layer] of layers.entries()) {
      const y = rowY(layers.length - 1 - order);
      drawing.arrow(centre, from, centre, y + BOX.height);
      if (order > 0) shapeOnArrow(drawing, layers[order - 1]?.outputShape ?? [], centre, from);
      drawing.box(centre - BOX.width / 2, y, BOX.width, BOX.height, look(layer.kind));
      drawing.label(layer.name, centre, y + BOX.height / 2, { bold: true });
      from = y;
    }
    drawing.arrow(centre, from, centre, concatenationY + BOX.height);
    const last = layers.at(-1);
    shapeOnArrow(drawing, last?.outputShape ?? input.shape, centre, from);
    drawing.label(name, centre - 10, inputY - 16, {
      align: 'right',
      bold: true,
      colour: INK.title,
    });
  }
  return drawing.figure(
    [
      `From the ${input.name} ${shapeText(input.shape)}`,
      ...branches.map(
        ({ name, layers }) =>
          `${name}: ${layers.map((layer) => `${layer.name} to ${shapeText(layer.outputShape)}`).join(', ')}`,
      ),
      `all into the ${output.name} ${shapeText(output.shape)}.`,
    ].join('; '),
  );
}

function look(kind: keyof typeof FILL) {
  return { fill: FILL[kind], line: EDGE[kind], lineWidth: 1.5 };
}

function shapeOnArrow(drawing: Drawing, shape: readonly number[], x: number, tailY: number): void {
  drawing.label(shapeText(shape), x + 10, tailY - (ROW - BOX.height) / 2, {
    align: 'left',
    size: 12,
    colour: INK.title,
  });
}
