import { Drawing } from '../drawing';
import type { Figure } from '../figure';
import { drawEnlarged, emptyAtlas } from '../images';
import { requireLength } from '../requireLength';
import { FIGURE_WIDTH, INK, PALETTE, headingHeight, type Heading } from '../style';

export interface LabelledImages {
  /** Pixels, 0 to 255: [n, height, width, 3], row by row, channels last. */
  images: ArrayLike<number>;
  /** Height, width, channels. */
  imageShape: readonly [height: number, width: number, channels: 3];
  /** True classes, as indices into `classNames`. */
  labels: ArrayLike<number>;
  classNames: readonly string[];
  /** Predicted classes; wrong ones get a frame and both names. */
  predictions?: ArrayLike<number>;
}

/** Pixels of the caption's font for each of its characters, at the most. */
const CHARACTER = 7.2;
const WRONG = '#A84300';

/**
 * Images with their class names, each pixel a square, so that a student sees what the network sees.
 * @throws RangeError when images, labels and predictions are not equally many, or a label has no name
 */
export function imageGrid(
  { images, imageShape, labels, classNames, predictions }: LabelledImages,
  { title, subtitle }: Partial<Heading> = {},
): Figure {
  const [height, width] = imageShape;
  const count = labels.length;
  requireLength(
    'images',
    images,
    count * height * width * 3,
    `${count} labels, each image ${imageShape.join('×')}`,
  );
  if (predictions !== undefined)
    requireLength('predictions', predictions, count, 'one for each label');
  const nameOf = (label: number | undefined) => {
    const name = classNames[label ?? -1];
    if (name === undefined) {
      throw new RangeError(
        `label ${label ?? '?'} has no name: there are ${classNames.length} class names`,
      );
    }
    return name;
  };
  const captions = Array.from({ length: count }, (_, index) => {
    const truth = nameOf(labels[index]);
    if (predictions === undefined) return { lines: [truth], wrong: false };
    const predicted = nameOf(predictions[index]);
    return predictions[index] === labels[index]
      ? { lines: [`✓ ${predicted}`], wrong: false }
      : { lines: [`× ${predicted}`, `is ${truth}`], wrong: true };
  });

  const scale = Math.max(1, Math.round(96 / Math.max(height, width)));
  const longest = Math.max(1, ...captions.flatMap(({ lines }) => lines.map((line) => line.length)));
  const cell = Math.max(width * scale + 8, longest * CHARACTER + 10);
  // As many as fit under their captions.
  const across = Math.max(1, Math.min(count, 8, Math.floor((FIGURE_WIDTH - 28) / cell)));
  const captionHeight = predictions === undefined ? 26 : 42;
  const down = Math.ceil(count / across);
  const side = 14;
  const gap = { x: Math.round(cell - width * scale), y: captionHeight + 10 };
  const atlas = emptyAtlas(count, across, width, height, scale, gap);
  const head = { title: title ?? `${count} images`, subtitle };
  const top = headingHeight(head);
  const drawing = new Drawing(
    head,
    Math.max(420, side * 2 + across * (atlas.cellWidth + gap.x)),
    top + down * (atlas.cellHeight + gap.y) + 8,
  );
  const left = side + gap.x / 2;

  for (const [index, { lines, wrong }] of captions.entries()) {
    const corner = atlas.corner(index);
    const offset = index * height * width * 3;
    drawEnlarged(atlas.pixels, corner.x, corner.y, scale, width, height, (row, column) => {
      const at = offset + (row * width + column) * 3;
      return [images[at] ?? 0, images[at + 1] ?? 0, images[at + 2] ?? 0];
    });
    const [x, y] = [left + corner.x, top + corner.y];
    drawing.label(lines.join('<br>'), x + atlas.cellWidth / 2, y + atlas.cellHeight + 5, {
      valign: 'top',
      size: 12,
      colour: wrong ? WRONG : INK.text,
    });
    if (wrong) {
      drawing.box(x - 2, y - 2, atlas.cellWidth + 4, atlas.cellHeight + 4, {
        line: PALETTE.vermillion,
        lineWidth: 3,
      });
    }
  }
  if (count > 0) drawing.picture(atlas.pixels, left, top, atlas.pixels.width, atlas.pixels.height);
  return drawing.figure(
    `${count} images: ${captions.map(({ lines }) => lines.join(', ')).join('; ')}.`,
  );
}
