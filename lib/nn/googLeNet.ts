import type { tf } from '../runtime';
import { Inception } from './inception';
import { AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d } from './layers';
import { Module, type Features } from './module';

/** The lecture's two forms: 224×224 images in 1,000 classes, or 32×32 images in 10. */
export type GoogLeNetForm = 'imagenet' | 'cifar10';

const FORMS: Record<GoogLeNetForm, { side: number; features: number; classes: number }> = {
  imagenet: { side: 224, features: 1024, classes: 1000 },
  cifar10: { side: 32, features: 832, classes: 10 },
};

/** The stages of the network, in their order. */
function stages(inChannels: number, form: GoogLeNetForm): Record<string, Module> {
  const { features, classes } = FORMS[form];
  return {
    // Shapes (H, W, C):                                     imagenet        cifar10
    // 1                                                     224, 224, 3     32, 32, 3
    conv1: convolution(inChannels, 64, 7, 3, 2), //          112, 112, 64    16, 16, 64
    maxpool1: pool(), //                                     56, 56, 64      8, 8, 64
    // 2
    conv2_red: convolution(64, 64, 1), //                    56, 56, 64      8, 8, 64
    conv2: convolution(64, 192, 3, 1), //                    56, 56, 192     8, 8, 192
    maxpool2: pool(), //                                     28, 28, 192     4, 4, 192
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
    // 6
    flatten: new Flatten(), //                               1024            832
    fc6: new Linear({ inFeatures: features, outFeatures: classes }), // 1000, 10
  };
}

function convolution(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  padding = 0,
  stride = 1,
): Conv2d {
  return new Conv2d({ inChannels, outChannels, kernelSize, padding, stride });
}

function pool(): MaxPool2d {
  return new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
}

/** A row of the paper's table 1. */
function inception(
  inChannels: number,
  ch1x1: number,
  ch3x3red: number,
  ch3x3: number,
  ch5x5red: number,
  ch5x5: number,
  poolProj: number,
): Inception {
  return new Inception({ inChannels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj });
}

/**
 * GoogLeNet as the lecture builds it (Szegedy et al., 2015, table 1; without local response
 * normalisation, dropout and auxiliary classifiers, and without ReLU after conv1 and conv2).
 *
 * - `imagenet`: (B, 224, 224, inChannels) → logits (B, 1000)
 * - `cifar10`: without the blocks 5a and 5b and the average pool,
 *   (B, 32, 32, inChannels) → logits (B, 10)
 *
 * One image (H, W, inChannels) gives its logits without the batch dimension.
 */
export class GoogLeNet extends Module {
  /**
   * @param inChannels channels of an image: 3 for colour
   * @param form which of the lecture's two networks
   * @throws TypeError if there is no such form
   */
  constructor(inChannels: number, form: GoogLeNetForm = 'imagenet') {
    if (!(form in FORMS)) {
      throw new TypeError(`GoogLeNet: there is no form ${form}: ${Object.keys(FORMS).join(', ')}.`);
    }
    const { side, features } = FORMS[form];
    const reason = `fc6 takes ${features} features, which images of ${side}×${side} give`;
    super({ channels: inChannels, size: { height: side, width: side, reason } });
    Object.assign(this, stages(inChannels, form));
  }

  override forward(x: tf.Tensor3D): tf.Tensor1D;
  override forward(x: tf.Tensor4D): tf.Tensor2D;
  override forward(x: tf.Tensor): tf.Tensor;
  override forward(x: Features): Features;
  override forward(x: Features): Features {
    return this.namedChildren().reduce((y, [, stage]) => stage.forward(y), x);
  }
}
