import { tf } from '../runtime';
import { checkArguments } from './arguments';
import { biasInitializer, convWeightInitializer, linearWeightInitializer } from './initialization';
import { Layer, MapLayer } from './layer';
import { formatShape } from './layout';
import type { Features } from './module';

/** What a {@link Conv2d} is made from. */
export interface Conv2dArguments {
  /** Channels of the input. */
  inChannels: number;
  /** Channels of the output: the number of filters. */
  outChannels: number;
  /** Height and width of the filters. */
  kernelSize: number;
  /** Zeros on each side of the image, default 0; (kernelSize - 1) / 2 keeps its size. */
  padding?: number;
  /** Step between filter positions, default 1. */
  stride?: number;
  /** Whether a number is added to each filter's outputs, default true. */
  bias?: boolean;
}

/** What a {@link MaxPool2d} is made from. */
export interface MaxPool2dArguments {
  /** Height and width of the window. */
  kernelSize: number;
  /** Step between windows; the kernel size when left out, as in PyTorch. */
  stride?: number;
  /** 0, or (kernelSize - 1) / 2 for an odd kernel size; default 0. */
  padding?: number;
  /**
   * Whether a last window that reaches beyond the image counts too, by what is inside; default
   * false. For stride 2 and a kernel size of 2 or 3, without padding.
   */
  ceilMode?: boolean;
}

/**
 * Whether TensorFlow's 'same' is PyTorch's padding: at stride 1 both pad an odd kernel by
 * (kernelSize - 1) / 2 on every side. At other strides 'same' pads less at the top and left.
 */
function isSamePadding(kernelSize: number, padding: number): boolean {
  return kernelSize % 2 === 1 && padding === (kernelSize - 1) / 2;
}

/** The smallest image on which a window fits. */
function minimumSize(kernelSize: number, padding: number): number {
  return Math.max(1, kernelSize - 2 * padding);
}

/**
 * A convolution (`torch.nn.Conv2d`), with PyTorch's padding and initialisation.
 *
 * (B, H, W, inChannels) → (B, ⌊(H + 2·padding - kernelSize) / stride⌋ + 1, likewise W, outChannels)
 */
export class Conv2d extends MapLayer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly padding: number;
  readonly stride: number;

  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: Conv2dArguments) {
    checkArguments('Conv2d', given, ['inChannels', 'outChannels', 'kernelSize'], {
      padding: 0,
      stride: 1,
      bias: 'boolean',
    });
    const { inChannels, outChannels, kernelSize, padding = 0, stride = 1, bias = true } = given;
    const same = stride === 1 && isSamePadding(kernelSize, padding);
    const fanIn = inChannels * kernelSize * kernelSize;
    const convolution = tf.layers.conv2d({
      filters: outChannels,
      kernelSize,
      strides: stride,
      padding: same ? 'same' : 'valid',
      useBias: bias,
      kernelInitializer: convWeightInitializer(fanIn),
      biasInitializer: biasInitializer(fanIn),
    });
    convolution.build([null, null, null, inChannels]);
    super(
      same || padding === 0
        ? { '': convolution }
        : { pad: tf.layers.zeroPadding2d({ padding }), '': convolution },
      { channels: inChannels, minimumSize: minimumSize(kernelSize, padding) },
    );
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.padding = padding;
    this.stride = stride;
  }
}

/** max(x, 0) (`torch.nn.ReLU`). */
export class ReLU extends MapLayer {
  constructor() {
    super({ '': tf.layers.activation({ activation: 'relu' }) });
  }
}

/**
 * Max pooling (`torch.nn.MaxPool2d`). The padding counts as -∞, so that it never wins.
 *
 * (B, H, W, C) → (B, ⌊(H + 2·padding - kernelSize) / stride⌋ + 1, likewise W, C), with ceilMode ⌈ ⌉
 */
export class MaxPool2d extends MapLayer {
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: number;

  /** @throws TypeError for a wrong name of an argument, RangeError for another padding or a senseless value */
  constructor(given: MaxPool2dArguments) {
    checkArguments('MaxPool2d', given, ['kernelSize'], {
      stride: 1,
      padding: 0,
      ceilMode: 'boolean',
    });
    const { kernelSize, stride = kernelSize, padding = 0, ceilMode = false } = given;
    if (padding !== 0 && !isSamePadding(kernelSize, padding)) {
      throw new RangeError(
        `MaxPool2d: padding must be 0 or, for an odd kernel size, (kernelSize - 1) / 2, but is ${padding} for kernel size ${kernelSize}.`,
      );
    }
    if (ceilMode && (stride !== 2 || padding !== 0 || (kernelSize !== 2 && kernelSize !== 3))) {
      throw new RangeError(
        'MaxPool2d: ceilMode is for stride 2 and kernel size 2 or 3, without padding.',
      );
    }
    const pool = (poolSize: number, strides: number, same: boolean) =>
      tf.layers.maxPooling2d({ poolSize, strides, padding: same ? 'same' : 'valid' });
    // Windows of 2 at stride 2 need a pixel behind an odd size alone, which 'same' adds.
    const alone = (padding === 0 && !ceilMode) || stride === 1 || kernelSize === 2;
    super(
      alone
        ? { '': pool(kernelSize, stride, padding > 0 || ceilMode) }
        : {
            // 'same' at stride 2 would centre its windows one pixel further on at even sizes. So take
            // the maximum around every pixel, where 'same' is symmetric, then keep every stride-th;
            // with ceilMode from the second on, the middle of the first window.
            windows: pool(kernelSize, 1, true),
            ...(ceilMode && {
              crop: tf.layers.cropping2D({
                cropping: [
                  [1, 0],
                  [1, 0],
                ],
              }),
            }),
            stride: pool(1, stride, false),
          },
      // With ceilMode a window may reach one pixel beyond.
      { minimumSize: minimumSize(kernelSize - Number(ceilMode), padding) },
    );
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
  }
}

/**
 * Average pooling without padding (`torch.nn.AvgPool2d`); the stride is the kernel size when left out.
 *
 * (B, H, W, C) → (B, ⌊(H - kernelSize) / stride⌋ + 1, likewise W, C)
 */
export class AvgPool2d extends MapLayer {
  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: { kernelSize: number; stride?: number }) {
    checkArguments('AvgPool2d', given, ['kernelSize'], { stride: 1 });
    const { kernelSize, stride = kernelSize } = given;
    super(
      { '': tf.layers.averagePooling2d({ poolSize: kernelSize, strides: stride }) },
      { minimumSize: kernelSize },
    );
  }
}

/** Joins tensors along the channels, the last axis (`torch.cat` along dim 1 of NCHW). */
export class Concatenate extends Layer {
  constructor() {
    super({ '': tf.layers.concatenate({ axis: -1 }) });
  }

  override forward<T extends Features>(branches: T[]): T {
    return super.forward(branches) as T;
  }
}

/** (B, H, W, C) → (B, H·W·C) (`torch.nn.Flatten`). A network says the size of its images for it. */
export class Flatten extends Layer {
  constructor() {
    super({ '': tf.layers.flatten() });
  }

  override forward(x: tf.Tensor3D): tf.Tensor1D;
  override forward(x: tf.Tensor4D): tf.Tensor2D;
  override forward(x: tf.Tensor): tf.Tensor;
  override forward(x: Features): Features;
  override forward(x: Features): Features {
    if (x.shape.slice(1).includes(null)) {
      throw new Error(
        `${this.name} needs to know the size of the images, but its input is ${formatShape(x.shape)}: let the network say super({ channels: …, size: { height: …, width: … } }).`,
      );
    }
    return super.forward(x);
  }
}

/** What a {@link Linear} is made from. */
export interface LinearArguments {
  inFeatures: number;
  outFeatures: number;
  /**
   * Height × width of the map that was flattened before, default 1: its features stand position by
   * position here and channel by channel in PyTorch, in whose order the weights are drawn.
   */
  positions?: number;
}

/**
 * A fully connected layer (`torch.nn.Linear`), with PyTorch's initialisation.
 *
 * (B, inFeatures) → (B, outFeatures)
 */
export class Linear extends MapLayer {
  readonly positions: number;

  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: LinearArguments) {
    checkArguments('Linear', given, ['inFeatures', 'outFeatures'], { positions: 1 });
    const { inFeatures, outFeatures, positions = 1 } = given;
    if (inFeatures % positions !== 0) {
      throw new RangeError(
        `Linear: inFeatures must be a multiple of positions, but is ${inFeatures} for ${positions}.`,
      );
    }
    const dense = tf.layers.dense({
      units: outFeatures,
      kernelInitializer: linearWeightInitializer(inFeatures, positions),
      biasInitializer: biasInitializer(inFeatures),
    });
    dense.build([null, inFeatures]);
    super({ '': dense }, { features: inFeatures });
    this.positions = positions;
  }
}
