import type { tf } from '../runtime';
import { conv2d, join, relu } from './layers';
import { Module } from './module';

/** The layers of {@link ConvBlock} behind `x`, at `path` in a network. */
export function convBlock(
  x: tf.SymbolicTensor,
  path: string,
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  padding = 0,
  stride = 1,
): tf.SymbolicTensor {
  x = conv2d(x, join(path, 'conv1'), inChannels, outChannels, kernelSize, padding, stride);
  x = relu(x, join(path, 'conv1_act'));
  return x;
}

/**
 * A convolution and its ReLU, the lecture's `ConvBlock`.
 *
 * (B, H, W, inChannels) → (B, ⌊(H + 2·padding - kernelSize) / stride⌋ + 1, likewise W, outChannels)
 */
export class ConvBlock extends Module<tf.Tensor3D, tf.Tensor4D> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output: the number of filters
   * @param kernelSize height and width of the filters
   * @param padding zeros on each side of the image; (kernelSize - 1) / 2 keeps its size
   * @param stride step between filter positions
   * @throws RangeError for a senseless argument
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    padding = 0,
    stride = 1,
  ) {
    const minimumSize = Math.max(1, kernelSize - 2 * padding);
    super('ConvBlock', { channels: inChannels, minimumSize }, (x) =>
      convBlock(x, '', inChannels, outChannels, kernelSize, padding, stride),
    );
  }
}
