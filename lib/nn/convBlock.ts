import { tf } from '../runtime';
import { conv2d, type Conv2dOptions, type FeatureMap } from './layers';
import { buildModel, FeatureModule } from './module';
import { requirePositive } from './shapeCheck';

/** The layers of a {@link ConvBlock} inside a larger network: `<name>/conv1`. */
export function convBlock(x: FeatureMap, name: string, options: Conv2dOptions): FeatureMap {
  return conv2d(x, `${name}/conv1`, { ...options, relu: true });
}

/** A convolution followed by ReLU, the lecture's `ConvBlock`. [B, H, W, inChannels] → [B, H', W', outChannels] */
export class ConvBlock extends FeatureModule {
  readonly model: tf.LayersModel;

  /** @throws RangeError for a size that is no whole number of at least 1 (padding: 0) */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    padding = 0,
    stride = 1,
  ) {
    super();
    requirePositive('ConvBlock', {
      inChannels,
      outChannels,
      kernelSize,
      stride,
      'padding + 1': padding + 1,
    });
    const x = tf.input({ shape: [null, null, inChannels] });
    const y = conv2d(x, 'conv1', { outChannels, kernelSize, padding, stride, relu: true });
    this.model = buildModel('ConvBlock', x, y, ['conv1']);
  }
}
