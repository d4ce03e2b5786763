import { checkArguments } from './arguments';
import { ConvBlock } from './convBlock';
import { Concatenate, MaxPool2d } from './layers';
import { Module, type Features } from './module';
import { Sequential } from './sequential';

/** What an {@link InceptionNaive} is made from. */
export interface InceptionNaiveArguments {
  /** Channels of the input; the pooling branch passes them all on. */
  inChannels: number;
  /** Filters of branch 1, 1×1. */
  ch1x1: number;
  /** Filters of branch 2, 3×3. */
  ch3x3: number;
  /** Filters of branch 3, 5×5. */
  ch5x5: number;
}

/**
 * The Inception block, naive version (figure 2a of Szegedy et al., "Going Deeper with
 * Convolutions", 2015).
 *
 * (B, H, W, inChannels) → (B, H, W, ch1x1 + ch3x3 + ch5x5 + inChannels)
 */
export class InceptionNaive extends Module {
  readonly branch1: ConvBlock;
  readonly branch2: ConvBlock;
  readonly branch3: ConvBlock;
  readonly branch4: MaxPool2d;
  readonly concat: Concatenate;

  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: InceptionNaiveArguments) {
    checkArguments('InceptionNaive', given, ['inChannels', 'ch1x1', 'ch3x3', 'ch5x5']);
    const { inChannels, ch1x1, ch3x3, ch5x5 } = given;
    super({ channels: inChannels });
    this.branch1 = new ConvBlock({ inChannels, outChannels: ch1x1, kernelSize: 1 });
    this.branch2 = new ConvBlock({ inChannels, outChannels: ch3x3, kernelSize: 3, padding: 1 });
    this.branch3 = new ConvBlock({ inChannels, outChannels: ch5x5, kernelSize: 5, padding: 2 });
    this.branch4 = new MaxPool2d({ kernelSize: 3, stride: 1, padding: 1 });
    this.concat = new Concatenate();
  }

  override forward<T extends Features>(x: T): T {
    const branch1 = this.branch1.forward(x);
    const branch2 = this.branch2.forward(x);
    const branch3 = this.branch3.forward(x);
    const branch4 = this.branch4.forward(x);
    return this.concat.forward([branch1, branch2, branch3, branch4]);
  }
}

/** What an {@link Inception} is made from: after `inChannels` the columns of the paper's table 1. */
export interface InceptionArguments {
  /** Channels of the input. */
  inChannels: number;
  /** Filters of branch 1, 1×1. */
  ch1x1: number;
  /** Filters of the 1×1 reduction before the 3×3 of branch 2. */
  ch3x3red: number;
  /** Filters of the 3×3 of branch 2. */
  ch3x3: number;
  /** Filters of the 1×1 reduction before the 5×5 of branch 3. */
  ch5x5red: number;
  /** Filters of the 5×5 of branch 3. */
  ch5x5: number;
  /** Filters of the 1×1 after the pooling of branch 4. */
  poolProj: number;
  /** Whether each convolution is normalised, default false: {@link ConvBlockArguments.batchNorm}. */
  batchNorm?: boolean;
}

const INCEPTION = ['inChannels', 'ch1x1', 'ch3x3red', 'ch3x3', 'ch5x5red', 'ch5x5', 'poolProj'];

/**
 * The Inception block with dimension reductions (figure 2b of Szegedy et al., 2015).
 *
 * (B, H, W, inChannels) → (B, H, W, ch1x1 + ch3x3 + ch5x5 + poolProj)
 */
export class Inception extends Module {
  readonly branch1: ConvBlock;
  readonly branch2: Sequential;
  readonly branch3: Sequential;
  readonly branch4: Sequential;
  readonly concat: Concatenate;

  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: InceptionArguments) {
    checkArguments('Inception', given, INCEPTION, { batchNorm: 'boolean' });
    const { inChannels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj } = given;
    const { batchNorm = false } = given;
    super({ channels: inChannels });
    this.branch1 = new ConvBlock({ inChannels, outChannels: ch1x1, kernelSize: 1, batchNorm });
    this.branch2 = new Sequential(
      new ConvBlock({ inChannels, outChannels: ch3x3red, kernelSize: 1, batchNorm }),
      new ConvBlock({
        inChannels: ch3x3red,
        outChannels: ch3x3,
        kernelSize: 3,
        padding: 1,
        batchNorm,
      }),
    );
    this.branch3 = new Sequential(
      new ConvBlock({ inChannels, outChannels: ch5x5red, kernelSize: 1, batchNorm }),
      new ConvBlock({
        inChannels: ch5x5red,
        outChannels: ch5x5,
        kernelSize: 5,
        padding: 2,
        batchNorm,
      }),
    );
    this.branch4 = new Sequential(
      new MaxPool2d({ kernelSize: 3, stride: 1, padding: 1 }),
      new ConvBlock({ inChannels, outChannels: poolProj, kernelSize: 1, batchNorm }),
    );
    this.concat = new Concatenate();
  }

  override forward<T extends Features>(x: T): T {
    const branch1 = this.branch1.forward(x);
    const branch2 = this.branch2.forward(x);
    const branch3 = this.branch3.forward(x);
    const branch4 = this.branch4.forward(x);
    return this.concat.forward([branch1, branch2, branch3, branch4]);
  }
}
