import type { tf } from '../runtime';
import { maxPool2d } from './layers';
import { Module } from './module';

/**
 * Max pooling as a module of its own (`torch.nn.MaxPool2d`). The padding counts as -∞.
 *
 * (B, H, W, C) → (B, ⌊(H + 2·padding - kernelSize) / stride⌋ + 1, likewise W, C)
 */
export class MaxPool2d extends Module<tf.Tensor3D, tf.Tensor4D> {
  /**
   * @param kernelSize height and width of the window
   * @param stride step between windows; the kernel size when left out, as in PyTorch
   * @param padding 0, or (kernelSize - 1) / 2 for an odd kernel size
   * @throws RangeError for another padding or a senseless argument
   */
  constructor(kernelSize: number, stride = kernelSize, padding = 0) {
    super('MaxPool2d', { minimumSize: Math.max(1, kernelSize - 2 * padding) }, (x) =>
      maxPool2d(x, 'maxpool', kernelSize, stride, padding),
    );
  }
}
