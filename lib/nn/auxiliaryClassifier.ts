import type { tf } from '../runtime';
import { checkArguments } from './arguments';
import { ConvBlock } from './convBlock';
import { Dropout } from './dropout';
import { AvgPool2d, Flatten, Linear, ReLU } from './layers';
import { Module, type Features } from './module';

/** What an {@link AuxiliaryClassifier} is made from. */
export interface AuxiliaryClassifierArguments {
  /** Channels of the maps that it takes. */
  inChannels: number;
  /** Height and width of the maps. */
  size: number;
  /** Window of the average pooling. */
  kernelSize: number;
  /** Step between windows. */
  stride: number;
  outFeatures: number;
  /** As {@link ConvBlockArguments.batchNorm}. */
  batchNorm?: boolean;
}

/** Filters of the 1×1 convolution, and features between the fully connected layers. */
const [FILTERS, FEATURES] = [128, 1024];

/**
 * An auxiliary classifier (section 5 of Szegedy et al., "Going Deeper with Convolutions", 2015):
 * average pooling, a 1×1 convolution with 128 filters, 1,024 features, dropout of 70 %, logits. Its
 * children have the names of torchvision's `InceptionAux`.
 *
 * (B, size, size, inChannels) → logits (B, outFeatures)
 */
export class AuxiliaryClassifier extends Module {
  readonly avgpool: AvgPool2d;
  readonly conv: ConvBlock;
  readonly flatten: Flatten;
  readonly fc1: Linear;
  readonly fc1_act: ReLU;
  readonly dropout: Dropout;
  readonly fc2: Linear;

  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: AuxiliaryClassifierArguments) {
    checkArguments(
      'AuxiliaryClassifier',
      given,
      ['inChannels', 'size', 'kernelSize', 'stride', 'outFeatures'],
      { batchNorm: 'boolean' },
    );
    const { inChannels, size, kernelSize, stride, outFeatures, batchNorm = false } = given;
    if (kernelSize > size) {
      throw new RangeError(
        `AuxiliaryClassifier: kernelSize must be at most size, ${size}, but is ${kernelSize}.`,
      );
    }
    super({ channels: inChannels, size: { height: size, width: size } });
    const positions = (Math.floor((size - kernelSize) / stride) + 1) ** 2;
    this.avgpool = new AvgPool2d({ kernelSize, stride });
    this.conv = new ConvBlock({ inChannels, outChannels: FILTERS, kernelSize: 1, batchNorm });
    this.flatten = new Flatten();
    this.fc1 = new Linear({
      inFeatures: positions * FILTERS,
      outFeatures: FEATURES,
      positions,
    });
    this.fc1_act = new ReLU();
    this.dropout = new Dropout({ p: 0.7 });
    this.fc2 = new Linear({ inFeatures: FEATURES, outFeatures });
  }

  override forward(x: tf.Tensor3D): tf.Tensor1D;
  override forward(x: tf.Tensor4D): tf.Tensor2D;
  override forward(x: tf.Tensor): tf.Tensor;
  override forward(x: Features): Features;
  override forward(x: Features): Features {
    return this.namedChildren().reduce((y, [, child]) => child.forward(y), x);
  }
}
