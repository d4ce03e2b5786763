import { checkArguments } from './arguments';
import { BatchNorm2d } from './batchNorm2d';
import { Conv2d, ReLU, type Conv2dArguments } from './layers';
import { Module, type Features } from './module';

/** What a {@link ConvBlock} is made from. */
export interface ConvBlockArguments extends Omit<Conv2dArguments, 'bias'> {
  /**
   * Whether a batch normalisation stands between convolution and ReLU, default false. The
   * convolution then has no bias, which the normalisation would take away again.
   */
  batchNorm?: boolean;
}

/**
 * A convolution and its ReLU, the lecture's `ConvBlock`.
 *
 * (B, H, W, inChannels) → (B, ⌊(H + 2·padding - kernelSize) / stride⌋ + 1, likewise W, outChannels)
 */
export class ConvBlock extends Module {
  readonly conv1: Conv2d;
  readonly conv1_bn: BatchNorm2d | undefined;
  readonly conv1_act: ReLU;

  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: ConvBlockArguments) {
    checkArguments('ConvBlock', given, ['inChannels', 'outChannels', 'kernelSize'], {
      padding: 0,
      stride: 1,
      batchNorm: 'boolean',
    });
    const { batchNorm = false, ...convolution } = given;
    const conv1 = new Conv2d({ ...convolution, bias: !batchNorm });
    super(conv1.input);
    this.conv1 = conv1;
    this.conv1_bn = batchNorm ? new BatchNorm2d({ numFeatures: given.outChannels }) : undefined;
    this.conv1_act = new ReLU();
  }

  override forward<T extends Features>(x: T): T {
    x = this.conv1.forward(x);
    x = this.conv1_bn?.forward(x) ?? x;
    x = this.conv1_act.forward(x);
    return x;
  }
}
