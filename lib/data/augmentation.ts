import { defaultGenerator, randint, uniform, type Generator } from '../random';
import { tf } from '../runtime';

/** How far an image is shifted at most, up or down and left or right, in pixels. */
export const CROP_PADDING = 4;

/** Numbers for an image in {@link randomCrops}: the top, left, bottom and right of what is taken. */
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
