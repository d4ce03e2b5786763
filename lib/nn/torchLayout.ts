import { tf } from '../runtime';

/**
 * PyTorch's shape of a parameter: a convolution's kernel (kh, kw, in, out) is (out, in, kh, kw)
 * there, a fully connected layer's (in, out) is (out, in), a bias is itself.
 */
export function torchShape(shape: readonly number[]): number[] {
  const rank = shape.length;
  return axesToTorch(rank).map((axis) => shape[axis] as number);
}

/** A parameter of this library, in PyTorch's layout. */
export function toTorchLayout(parameter: tf.Tensor): tf.Tensor {
  return tf.transpose(parameter, axesToTorch(parameter.rank));
}

/** A parameter of PyTorch, in this library's layout. */
export function fromTorchLayout(parameter: tf.Tensor): tf.Tensor {
  const toTorch = axesToTorch(parameter.rank);
  return tf.transpose(
    parameter,
    toTorch.map((_, axis) => toTorch.indexOf(axis)),
  );
}

function axesToTorch(rank: number): number[] {
  if (rank === 4) return [3, 2, 0, 1];
  return rank === 2 ? [1, 0] : [0];
}

/** (C, H, W) → [H, W, C], or (B, C, H, W) → [B, H, W, C]. */
export function toChannelsLast<T extends tf.Tensor3D | tf.Tensor4D>(x: T): T {
  return tf.transpose(x, x.rank === 3 ? [1, 2, 0] : [0, 2, 3, 1]) as T;
}

/** [H, W, C] → (C, H, W), or [B, H, W, C] → (B, C, H, W). */
export function toChannelsFirst<T extends tf.Tensor3D | tf.Tensor4D>(x: T): T {
  return tf.transpose(x, x.rank === 3 ? [2, 0, 1] : [0, 3, 1, 2]) as T;
}

/** [H, W, C] → [C, H, W], the lecture's way to write a shape; [features] stays. */
export function channelsFirstShape(shape: readonly number[]): number[] {
  return [...shape.slice(-1), ...shape.slice(0, -1)];
}
