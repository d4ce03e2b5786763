import { tf } from '../runtime';

/**
 * Moves the channels of PyTorch's layout to the end: (C, H, W) → (H, W, C), or
 * (B, C, H, W) → (B, H, W, C).
 *
 * @throws Error if x has another rank
 */
export function toChannelsLast(x: tf.Tensor3D): tf.Tensor3D;
export function toChannelsLast(x: tf.Tensor4D): tf.Tensor4D;
export function toChannelsLast(x: tf.Tensor): tf.Tensor;
export function toChannelsLast(x: tf.Tensor): tf.Tensor {
  return permute(x, [1, 2, 0], [0, 2, 3, 1]);
}

/**
 * Moves the channels to where PyTorch has them: (H, W, C) → (C, H, W), or
 * (B, H, W, C) → (B, C, H, W).
 *
 * @throws Error if x has another rank
 */
export function toChannelsFirst(x: tf.Tensor3D): tf.Tensor3D;
export function toChannelsFirst(x: tf.Tensor4D): tf.Tensor4D;
export function toChannelsFirst(x: tf.Tensor): tf.Tensor;
export function toChannelsFirst(x: tf.Tensor): tf.Tensor {
  return permute(x, [2, 0, 1], [0, 3, 1, 2]);
}

/**
 * The lecture's way to write a shape: [height, width, channels] → (channels, height, width), and of
 * a batch [B, height, width, channels] → (B, channels, height, width).
 */
export function channelsFirstShape(shape: readonly number[]): number[] {
  const image = shape.slice(-3);
  return [...shape.slice(0, -3), ...image.slice(-1), ...image.slice(0, -1)];
}

/**
 * The size of a tensor as the lecture prints it, `(416, 100, 100)`: PyTorch's order, in which the
 * channels of a map stand before its height and width.
 */
export function size(x: { readonly shape: readonly number[] }): string {
  return `(${(x.shape.length < 3 ? x.shape : channelsFirstShape(x.shape)).join(', ')})`;
}

/** What makes a shape readable in a message: `[?, 28, 28, 256]`. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((dimension) => dimension ?? '?').join(', ')}]`;
}

function permute(x: tf.Tensor, image: number[], batch: number[]): tf.Tensor {
  if (x.rank !== 3 && x.rank !== 4) {
    throw new Error(
      `Only an image (rank 3) or a batch of images (rank 4) has channels to move, but got ${formatShape(x.shape)}.`,
    );
  }
  return tf.transpose(x, x.rank === 3 ? image : batch);
}
