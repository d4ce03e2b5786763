import type { tf } from '../runtime';
import { checkArguments } from './arguments';
import { AuxiliaryClassifier } from './auxiliaryClassifier';
import { BatchNorm2d } from './batchNorm2d';
import { Dropout } from './dropout';
import { initializeHe } from './heInitialization';
import { Inception } from './inception';
import { AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d } from './layers';
import { Module, type AuxiliaryHead, type Features } from './module';

/** The lecture's two forms: 224×224 images in 1,000 classes, or 32×32 images in 10. */
export type GoogLeNetForm = 'imagenet' | 'cifar10';

interface Form {
  side: number;
  features: number;
  classes: number;
  /** The maps after 4a and 4d, and how the auxiliary classifiers pool them. */
  auxiliary: { size: number; kernelSize: number; stride: number };
}

const FORMS: Record<GoogLeNetForm, Form> = {
  imagenet: {
    side: 224,
    features: 1024,
    classes: 1000,
    auxiliary: { size: 14, kernelSize: 5, stride: 3 },
  },
  cifar10: {
    side: 32,
    features: 832,
    classes: 10,
    // The paper's window does not fit. One over the whole map leaves one position, as the paper's
    // leaves 16 of 196, and keeps a classifier as small beside the network as a stage of it.
    auxiliary: { size: 2, kernelSize: 2, stride: 2 },
  },
};

/** Of 'cifar10' with a fine stem, whose maps are eight times as wide: three strides of 2 fewer. */
const FINE_STEM = {
  poolSize: 8,
  auxiliary: { size: 16, kernelSize: 16, stride: 16 },
};

/** What a {@link GoogLeNet} has beyond the lecture's. */
export interface GoogLeNetOptions {
  /** Whether a batch normalisation follows each convolution, which then has no bias. Default false. */
  batchNorm?: boolean;
  /** The share of features that training leaves out before fc6 (0.4 in the paper). Default 0. */
  dropout?: number;
  /**
   * How the weights are drawn: as PyTorch's layers do, or from N(0, 2 / fan_in) with biases of 0
   * (He et al., 2015). Default 'pytorch'.
   */
  initialization?: 'pytorch' | 'he';
  /** Whether training has the paper's auxiliary classifiers, `aux1` and `aux2`. Default false. */
  auxiliary?: boolean;
  /**
   * How the form 'cifar10' begins: as the lecture's, whose maps are 4×4 at 3a already, or `fine`, by
   * a convolution of 3×3 at stride 1 and without the pools before 3a, which leaves them 32×32; after
   * maxpool4 an average pool then covers its 8×8 maps. Default 'lecture'.
   */
  stem?: 'lecture' | 'fine';
}

const OPTIONS = {
  batchNorm: 'boolean',
  dropout: [0, 1],
  initialization: { oneOf: ['pytorch', 'he'] },
  auxiliary: 'boolean',
  stem: { oneOf: ['lecture', 'fine'] },
} as const;

/** After which stage each auxiliary classifier stands, and how many channels that has. */
const AUXILIARY = [
  ['aux1', 'icp_4a', 512],
  ['aux2', 'icp_4d', 528],
] as const;

/** The modules of the network, in the order in which their weights are drawn. */
function children(
  inChannels: number,
  form: GoogLeNetForm,
  { batchNorm = false, dropout = 0, auxiliary = false, stem = 'lecture' }: GoogLeNetOptions,
): Record<string, Module> {
  const { features, classes } = FORMS[form];
  const fine = stem === 'fine';
  const convolution = (
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    padding = 0,
    stride = 1,
  ) => new Conv2d({ inChannels, outChannels, kernelSize, padding, stride, bias: !batchNorm });
  const normalization = (name: string, numFeatures: number) =>
    batchNorm && { [`${name}_bn`]: new BatchNorm2d({ numFeatures }) };
  const pool = () => new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
  /** A row of the paper's table 1. */
  const inception = (
    inChannels: number,
    ch1x1: number,
    ch3x3red: number,
    ch3x3: number,
    ch5x5red: number,
    ch5x5: number,
    poolProj: number,
  ) => new Inception({ inChannels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj, batchNorm });
  const conv1 = fine ? convolution(inChannels, 64, 3, 1) : convolution(inChannels, 64, 7, 3, 2);
  return {
    // Shapes (H, W, C), with the lecture's stem:            imagenet        cifar10
    // 1                                                     224, 224, 3     32, 32, 3
    conv1, //                                                112, 112, 64    16, 16, 64
    ...normalization('conv1', 64),
    ...(!fine && { maxpool1: pool() }), //                   56, 56, 64      8, 8, 64
    // 2
    conv2_red: convolution(64, 64, 1), //                    56, 56, 64      8, 8, 64
    ...normalization('conv2_red', 64),
    conv2: convolution(64, 192, 3, 1), //                    56, 56, 192     8, 8, 192
    ...normalization('conv2', 192),
    ...(!fine && { maxpool2: pool() }), //                   28, 28, 192     4, 4, 192
    // 3
    icp_3a: inception(192, 64, 96, 128, 16, 32, 32), //      28, 28, 256     4, 4, 256
    icp_3b: inception(256, 128, 128, 192, 32, 96, 64), //    28, 28, 480     4, 4, 480
    maxpool3: pool(), //                                     14, 14, 480     2, 2, 480
    // 4
    icp_4a: inception(480, 192, 96, 208, 16, 48, 64), //     14, 14, 512     2, 2, 512
    icp_4b: inception(512, 160, 112, 224, 24, 64, 64), //    14, 14, 512     2, 2, 512
    icp_4c: inception(512, 128, 128, 256, 24, 64, 64), //    14, 14, 512     2, 2, 512
    icp_4d: inception(512, 112, 144, 288, 32, 64, 64), //    14, 14, 528     2, 2, 528
    icp_4e: inception(528, 256, 160, 320, 32, 128, 128), //  14, 14, 832     2, 2, 832
    maxpool4: pool(), //                                     7, 7, 832       1, 1, 832
    // 5
    ...(form === 'imagenet' && {
      icp_5a: inception(832, 256, 160, 320, 32, 128, 128), //  7, 7, 832
      icp_5b: inception(832, 384, 192, 384, 48, 128, 128), //  7, 7, 1024
      avgpool5: new AvgPool2d({ kernelSize: 7, stride: 1 }), //  1, 1, 1024
    }),
    ...(fine && { avgpool5: new AvgPool2d({ kernelSize: FINE_STEM.poolSize, stride: 1 }) }),
    // 6
    flatten: new Flatten(), //                               1024            832
    ...(dropout > 0 && { dropout: new Dropout({ p: dropout }) }),
    fc6: new Linear({ inFeatures: features, outFeatures: classes }), // 1000, 10
    // Last, so that the network before them has the weights that it has without them.
    ...(auxiliary &&
      Object.fromEntries(
        AUXILIARY.map(([name, , inChannels]) => {
          const { auxiliary } = fine ? FINE_STEM : FORMS[form];
          const sizes = { ...auxiliary, outFeatures: classes };
          return [name, new AuxiliaryClassifier({ inChannels, ...sizes, batchNorm })];
        }),
      )),
  };
}

/**
 * GoogLeNet as the lecture builds it (Szegedy et al., 2015, table 1; without local response
 * normalisation, and without ReLU before block 3a; dropout and auxiliary classifiers where
 * they are asked for).
 *
 * - `imagenet`: (B, 224, 224, inChannels) → logits (B, 1000)
 * - `cifar10`: without the blocks 5a and 5b and the average pool,
 *   (B, 32, 32, inChannels) → logits (B, 10)
 *
 * One image (H, W, inChannels) gives its logits without the batch dimension. `forward` and `model`
 * do without the auxiliary classifiers, `trainingModel` returns their logits too.
 */
export class GoogLeNet extends Module {
  /** The auxiliary classifiers, where it has them. */
  declare readonly aux1: AuxiliaryClassifier | undefined;
  declare readonly aux2: AuxiliaryClassifier | undefined;

  /**
   * @param inChannels channels of an image: 3 for colour
   * @param form which of the lecture's two networks
   * @throws TypeError if there is no such form or option, RangeError for a share beyond 0 to 1
   */
  constructor(
    inChannels: number,
    form: GoogLeNetForm = 'imagenet',
    options: GoogLeNetOptions = {},
  ) {
    if (!(form in FORMS)) {
      throw new TypeError(`GoogLeNet: there is no form ${form}: ${Object.keys(FORMS).join(', ')}.`);
    }
    checkArguments('GoogLeNet', options, [], OPTIONS, ['inChannels', 'form']);
    if (options.stem === 'fine' && form !== 'cifar10') {
      throw new TypeError(`GoogLeNet: a fine stem is for cifar10; ${form} has the paper's.`);
    }
    const { side, features } = FORMS[form];
    const reason = `fc6 takes ${features} features, which images of ${side}×${side} give`;
    super({ channels: inChannels, size: { height: side, width: side, reason } });
    Object.assign(this, children(inChannels, form, options));
    if (options.initialization === 'he') initializeHe(this);
  }

  override forward(x: tf.Tensor3D): tf.Tensor1D;
  override forward(x: tf.Tensor4D): tf.Tensor2D;
  override forward(x: tf.Tensor): tf.Tensor;
  override forward(x: Features): Features;
  override forward(x: Features): Features {
    return this.namedChildren()
      .filter(([, child]) => !(child instanceof AuxiliaryClassifier))
      .reduce((y, [, stage]) => stage.forward(y), x);
  }

  override auxiliaryHeads(): AuxiliaryHead[] {
    const child = Object.fromEntries(this.namedChildren());
    return AUXILIARY.flatMap(([name, stage]) => {
      const [head, after] = [child[name], child[stage]];
      return head && after ? [{ head, after }] : [];
    });
  }
}
