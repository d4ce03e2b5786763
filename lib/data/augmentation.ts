import { defaultGenerator, randint, uniform, type Generator } from '../random';
import { tf } from '../runtime';

/** How far an image is shifted at most, up or down and left or right, in pixels. */
export const CROP_PADDING = 4;

/** Numbers for an image in {@link randomCrops} and {@link randomBoxes}: top, left, bottom and right. */
const CORNERS = 4;

/**
 * Draws for each image what is taken of it: a window of the image's own size, moved by up to 4
 * pixels over a border of zeros, and mirrored left to right in half of the cases. The draws are those
 * of torchvision's `RandomCrop(size, padding=4)` and then `RandomHorizontalFlip()` on one image after
 * the other.
 *
 * @param count images
 * @param height,width of an image, in pixels
 * @returns (count · 4): top, left, bottom and right pixel of each image's window, in the image's own
 *   pixels, so that -4 is 4 pixels outside; left and right change places in a mirrored one
 */
export function randomCrops(
  count: number,
  [height, width]: readonly [height: number, width: number],
  generator: Generator = defaultGenerator,
): Float32Array {
  const crops = new Float32Array(count * CORNERS);
  const shift = () => (randint(0, 2 * CROP_PADDING + 1, 1, generator)[0] as number) - CROP_PADDING;
  for (let image = 0; image < count; image++) {
    const [top, left] = [shift(), shift()];
    const [bottom, right] = [top + height - 1, left + width - 1];
    const isMirrored = (uniform(1, 0, 1, generator)[0] as number) < 0.5;
    const sides = isMirrored ? [right, left] : [left, right];
    crops.set([top, sides[0] as number, bottom, sides[1] as number], image * CORNERS);
  }
  return crops;
}

/**
 * Share of their distance by which the places that are read are drawn to the image's middle: far below
 * half a pixel, and more than rounding moves a place on the image's edge, which outside would read as
 * zero.
 */
const INSET = 1e-3;

/**
 * Takes of each image the window that {@link randomCrops} drew for it; what is outside is zero.
 *
 * @param images float32 (B, H, W, C)
 * @param crops float32 (4 · B,)
 * @returns float32 (B, H, W, C)
 */
export function cropImages(images: tf.Tensor4D, crops: Float32Array | tf.Tensor1D): tf.Tensor4D {
  const [count, height, width] = images.shape;
  return tf.tidy(() => {
    const corners = tf.reshape(crops, [count, 2, 2]);
    const last = tf.tensor1d([height - 1, width - 1]);
    const inset = corners.mul(1 - INSET).add(last.mul(INSET / 2));
    const boxes = inset.div(last).reshape<tf.Tensor2D>([count, 4]);
    const each = tf.range(0, count, 1, 'int32');
    return tf.image.cropAndResize(images, boxes, each, [height, width], 'nearest');
  });
}

/** What is taken of an image that is looked at several times. */
export interface View {
  /** Pixels by which the window is moved, down and right. */
  readonly top: number;
  readonly left: number;
  readonly isMirrored: boolean;
}

/**
 * An image and its mirror image, each in its place and moved by so many pixels up or down, left or
 * right, or both: 18 views. (Szegedy et al., 2015, section 7, average over 144 of larger images.)
 */
export function shiftedViews(pixels = 2): View[] {
  const shifts = [-pixels, 0, pixels];
  return shifts.flatMap((top) =>
    shifts.flatMap((left) => [false, true].map((isMirrored) => ({ top, left, isMirrored }))),
  );
}

/** One view of as many images, as {@link cropImages} takes it. */
export function viewCrops(
  count: number,
  [height, width]: readonly [height: number, width: number],
  { top, left, isMirrored }: View,
): Float32Array {
  const sides = isMirrored ? [left + width - 1, left] : [left, left + width - 1];
  const crop = [top, sides[0] as number, top + height - 1, sides[1] as number];
  return Float32Array.from({ length: count * CORNERS }, (_, i) => crop[i % CORNERS] as number);
}

/**
 * Draws for each image the box that another image fills (CutMix, Yun et al. 2019): its share of the
 * area is uniform, its middle any pixel, and what is outside the image is cut off.
 *
 * @param probability of an image to get one; the box of the others is empty
 * @returns (count · 4): top, left, bottom and right of each box, the latter two outside it
 */
export function randomBoxes(
  count: number,
  [height, width]: readonly [height: number, width: number],
  probability: number,
  generator: Generator = defaultGenerator,
): Float32Array {
  const boxes = new Float32Array(count * CORNERS);
  for (let image = 0; image < count; image++) {
    const [chance, area] = uniform(2, 0, 1, generator) as unknown as [number, number];
    const middle = [height, width].map((size) => randint(0, size, 1, generator)[0] as number);
    if (chance >= probability) continue;
    const edges = (axis: 0 | 1): [number, number] => {
      const [size, at] = [[height, width][axis] as number, middle[axis] as number];
      const half = Math.floor((size * Math.sqrt(area)) / 2);
      return [Math.max(0, at - half), Math.min(size, at + half)];
    };
    const [[top, bottom], [left, right]] = [edges(0), edges(1)];
    boxes.set([top, left, bottom, right], image * CORNERS);
  }
  return boxes;
}

/**
 * Images with a box of each filled from another image.
 *
 * @param images float32 (B, H, W, C)
 * @param others float32 (B, H, W, C)
 * @param boxes float32 (4 · B,), as {@link randomBoxes} draws them
 * @returns the images, and (B,) the share of each that is the other's
 */
export function pasteBoxes(
  images: tf.Tensor4D,
  others: tf.Tensor4D,
  boxes: Float32Array | tf.Tensor1D,
): { images: tf.Tensor4D; shares: tf.Tensor1D } {
  const [count, height, width] = images.shape;
  return tf.tidy(() => {
    const [top, left, bottom, right] = tf.split(
      tf.reshape(boxes, [count, CORNERS]),
      CORNERS,
      1,
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const within = (size: number, first: tf.Tensor, end: tf.Tensor) => {
      const place = tf.range(0, size, 1, 'float32');
      return tf.cast(tf.logicalAnd(tf.greaterEqual(place, first), tf.less(place, end)), 'float32');
    };
    const rows = within(height, top, bottom).reshape([count, height, 1, 1]);
    const columns = within(width, left, right).reshape([count, 1, width, 1]);
    const box = tf.mul(rows, columns);
    return {
      images: images.add(tf.mul(box, others.sub(images))),
      shares: tf.mean(box, [1, 2, 3]),
    };
  });
}
