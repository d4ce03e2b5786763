import { Conv2d, ReLU, type Conv2dArguments } from './layers';
import { Module, type Features } from './module';

/**
 * A convolution and its ReLU, the lecture's `ConvBlock`.
 *
 * (B, H, W, inChannels) → (B, ⌊(H + 2·padding - kernelSize) / stride⌋ + 1, likewise W, outChannels)
 */
export class ConvBlock extends Module {
  readonly conv1: Conv2d;
  readonly conv1_act: ReLU;

  /** @throws as {@link Conv2d} */
  constructor(given: Conv2dArguments) {
    const conv1 = new Conv2d(given);
    super(conv1.input);
    this.conv1 = conv1;
    this.conv1_act = new ReLU();
  }

  override forward<T extends Features>(x: T): T {
    x = this.conv1.forward(x);
    x = this.conv1_act.forward(x);
    return x;
  }
}
