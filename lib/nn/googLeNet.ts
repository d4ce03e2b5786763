import type { tf } from '../runtime';
import { inception } from './inception';
import { avgPool2d, conv2d, flatten, linear, maxPool2d } from './layers';
import { Module } from './module';

/** The lecture's two forms: 224×224 images in 1,000 classes, or 32×32 images in 10. */
export type GoogLeNetForm = 'imagenet' | 'cifar10';

const IMAGE_SIZE: Record<GoogLeNetForm, number> = { imagenet: 224, cifar10: 32 };
const FEATURES: Record<GoogLeNetForm, number> = { imagenet: 1024, cifar10: 832 };

function googLeNet(
  x: tf.SymbolicTensor,
  inChannels: number,
  form: GoogLeNetForm,
): tf.SymbolicTensor {
  // Shapes (H, W, C):                                        imagenet        cifar10
  // 1                                                        224, 224, 3     32, 32, 3
  x = conv2d(x, 'conv1', inChannels, 64, 7, 3, 2); //         112, 112, 64    16, 16, 64
  x = maxPool2d(x, 'maxpool1', 3, 2, 1); //                   56, 56, 64      8, 8, 64
  // 2
  x = conv2d(x, 'conv2_red', 64, 64, 1); //                   56, 56, 64      8, 8, 64
  x = conv2d(x, 'conv2', 64, 192, 3, 1); //                   56, 56, 192     8, 8, 192
  x = maxPool2d(x, 'maxpool2', 3, 2, 1); //                   28, 28, 192     4, 4, 192
  // 3
  x = inception(x, 'icp_3a', 192, 64, 96, 128, 16, 32, 32); //    28, 28, 256     4, 4, 256
  x = inception(x, 'icp_3b', 256, 128, 128, 192, 32, 96, 64); //  28, 28, 480     4, 4, 480
  x = maxPool2d(x, 'maxpool3', 3, 2, 1); //                       14, 14, 480     2, 2, 480
  // 4
  x = inception(x, 'icp_4a', 480, 192, 96, 208, 16, 48, 64); //     14, 14, 512     2, 2, 512
  x = inception(x, 'icp_4b', 512, 160, 112, 224, 24, 64, 64); //    14, 14, 512     2, 2, 512
  x = inception(x, 'icp_4c', 512, 128, 128, 256, 24, 64, 64); //    14, 14, 512     2, 2, 512
  x = inception(x, 'icp_4d', 512, 112, 144, 288, 32, 64, 64); //    14, 14, 528     2, 2, 528
  x = inception(x, 'icp_4e', 528, 256, 160, 320, 32, 128, 128); //  14, 14, 832     2, 2, 832
  x = maxPool2d(x, 'maxpool4', 3, 2, 1); //                         7, 7, 832       1, 1, 832
  if (form === 'cifar10') {
    x = flatten(x, 'flatten'); //                                                   832
    x = linear(x, 'fc6', FEATURES[form], 10); //                                    10
    return x;
  }
  // 5
  x = inception(x, 'icp_5a', 832, 256, 160, 320, 32, 128, 128); //  7, 7, 832
  x = inception(x, 'icp_5b', 832, 384, 192, 384, 48, 128, 128); //  7, 7, 1024
  x = avgPool2d(x, 'avgpool5', 7, 1); //                            1, 1, 1024
  // 6
  x = flatten(x, 'flatten'); //                                     1024
  x = linear(x, 'fc6', FEATURES[form], 1000); //                    1000
  return x;
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
export class GoogLeNet extends Module<tf.Tensor1D, tf.Tensor2D> {
  /**
   * @param inChannels channels of an image: 3 for colour
   * @param form which of the lecture's two networks
   */
  constructor(inChannels: number, form: GoogLeNetForm = 'imagenet') {
    const side = IMAGE_SIZE[form];
    const reason = `fc6 takes ${FEATURES[form]} features, which images of ${side}×${side} give`;
    super('GoogLeNet', { channels: inChannels, size: { height: side, width: side, reason } }, (x) =>
      googLeNet(x, inChannels, form),
    );
  }
}
