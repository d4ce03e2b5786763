import { tf } from '../runtime';
import type { Images } from './module';

/**
 * Max pooling with PyTorch's defaults and padding (`nn.MaxPool2d`): the stride is the kernel size
 * unless it is given, and padding counts as −∞. H' = ⌊(H + 2·padding − kernelSize) / stride⌋ + 1.
 *
 * @param x float32 [H, W, C] or [B, H, W, C]
 * @throws RangeError if the padding is more than half the kernel, as in PyTorch
 */
export function maxPool2d<T extends Images>(
  x: T,
  kernelSize: number,
  stride = kernelSize,
  padding = 0,
): T {
  if (padding < 0 || 2 * padding > kernelSize) {
    throw new RangeError(
      `maxPool2d: padding ${padding} must be 0 to half of the kernel size ${kernelSize}`,
    );
  }
  return tf.tidy(() => {
    const spatial: [number, number] = [padding, padding];
    const around: [number, number][] = [spatial, spatial, [0, 0]];
    const paddings: [number, number][] = x.rank === 3 ? around : [[0, 0], ...around];
    // maxPool counts what it pads by itself as absent, but pads one side less with stride 2.
    const padded = padding === 0 ? x : (tf.pad(x, paddings, -Infinity) as T);
    return tf.maxPool(padded, kernelSize, stride, 'valid') as T;
  });
}
