import { tf } from '../runtime';
import { inception, inceptionParameters } from './inception';
import { apply, conv2d, maxPool3x3, type FeatureMap } from './layers';
import { buildModel, Module, runModel } from './module';
import { requirePositive } from './shapeCheck';

/** The lecture's two networks: 224×224 pixels to 1,000 classes, and 32×32 (up to block 4e) to 10. */
export type GoogLeNetForm = 'imagenet' | 'cifar10';

/**
 * GoogLeNet (Szegedy et al., 2014, Table 1) as the lecture writes it: the stem's convolutions have
 * no ReLU, and there are neither auxiliary classifiers, nor dropout, nor response normalisation.
 */
export class GoogLeNet extends Module {
  readonly model: tf.LayersModel;

  /** @throws RangeError for a number of channels that is no whole number of at least 1 */
  constructor(
    inChannels: number,
    readonly form: GoogLeNetForm = 'imagenet',
  ) {
    super();
    requirePositive('GoogLeNet', { inChannels });
    const size = form === 'imagenet' ? 224 : 32;
    const input = tf.input({ shape: [size, size, inChannels] });
    const features = form === 'imagenet' ? stage5(stages1To4(input)) : stages1To4(input);
    const flat = apply(tf.layers.flatten({ name: 'flatten' }), features); // [B, 1024] or [B, 832]
    const classes = form === 'imagenet' ? 1000 : 10;
    const fc6 = apply(
      tf.layers.dense({ name: 'fc6', units: classes, kernelInitializer: 'zeros' }),
      flat,
    ); // [B, classes]
    this.model = buildModel('GoogLeNet', input, fc6, [
      'conv1',
      'conv2_red',
      'conv2',
      ...blocks(form).flatMap((block) => inceptionParameters(`${block}/`)),
      'fc6',
    ]);
  }

  /**
   * Runs the network.
   *
   * @param x float32 [B, H, W, C] or one image [H, W, C]
   * @returns logits (B, classes), or (classes,) of one image
   * @throws RangeError that names the layer, the shape it expects and the shape that came
   */
  forward(x: tf.Tensor4D): tf.Tensor2D;
  forward(x: tf.Tensor3D): tf.Tensor1D;
  forward(x: tf.Tensor3D | tf.Tensor4D): tf.Tensor {
    return runModel(this.model, x);
  }
}

/** Sizes in the comments: 224×224 input, then 32×32. */
function stages1To4(input: FeatureMap): FeatureMap {
  // 1
  let x = conv2d(input, 'conv1', { outChannels: 64, kernelSize: 7, padding: 3, stride: 2 }); // [B, 112, 112, 64]   [B, 16, 16, 64]
  x = maxPool3x3(x, 'maxpool1', 2); //                                                          [B, 56, 56, 64]     [B, 8, 8, 64]
  // 2
  x = conv2d(x, 'conv2_red', { outChannels: 64, kernelSize: 1 }); //                            [B, 56, 56, 64]     [B, 8, 8, 64]
  x = conv2d(x, 'conv2', { outChannels: 192, kernelSize: 3, padding: 1 }); //                   [B, 56, 56, 192]    [B, 8, 8, 192]
  x = maxPool3x3(x, 'maxpool2', 2); //                                                          [B, 28, 28, 192]    [B, 4, 4, 192]
  // 3
  x = inception(x, 'icp_3a', [64, 96, 128, 16, 32, 32]); //                                     [B, 28, 28, 256]    [B, 4, 4, 256]
  x = inception(x, 'icp_3b', [128, 128, 192, 32, 96, 64]); //                                   [B, 28, 28, 480]    [B, 4, 4, 480]
  x = maxPool3x3(x, 'maxpool3', 2); //                                                          [B, 14, 14, 480]    [B, 2, 2, 480]
  // 4
  x = inception(x, 'icp_4a', [192, 96, 208, 16, 48, 64]); //                                    [B, 14, 14, 512]    [B, 2, 2, 512]
  x = inception(x, 'icp_4b', [160, 112, 224, 24, 64, 64]); //                                   [B, 14, 14, 512]    [B, 2, 2, 512]
  x = inception(x, 'icp_4c', [128, 128, 256, 24, 64, 64]); //                                   [B, 14, 14, 512]    [B, 2, 2, 512]
  x = inception(x, 'icp_4d', [112, 144, 288, 32, 64, 64]); //                                   [B, 14, 14, 528]    [B, 2, 2, 528]
  x = inception(x, 'icp_4e', [256, 160, 320, 32, 128, 128]); //                                 [B, 14, 14, 832]    [B, 2, 2, 832]
  return maxPool3x3(x, 'maxpool4', 2); //                                                       [B, 7, 7, 832]      [B, 1, 1, 832]
}

function stage5(x: FeatureMap): FeatureMap {
  let y = inception(x, 'icp_5a', [256, 160, 320, 32, 128, 128]); // [B, 7, 7, 832]
  y = inception(y, 'icp_5b', [384, 192, 384, 48, 128, 128]); //     [B, 7, 7, 1024]
  return apply(tf.layers.averagePooling2d({ name: 'avgpool5', poolSize: 7, strides: 1 }), y); // [B, 1, 1, 1024]
}

function blocks(form: GoogLeNetForm): string[] {
  const upTo4e = ['3a', '3b', '4a', '4b', '4c', '4d', '4e'];
  return (form === 'imagenet' ? [...upTo4e, '5a', '5b'] : upTo4e).map((block) => `icp_${block}`);
}
