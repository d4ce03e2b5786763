import { tf } from '../runtime';

/** A symbolic feature map, [B, H, W, C]: what a network is put together of before it sees numbers. */
export type FeatureMap = tf.SymbolicTensor;

/** How a convolution is made; names and defaults of `nn.Conv2d`. */
export interface Conv2dOptions {
  outChannels: number;
  kernelSize: number;
  padding?: number;
  stride?: number;
  /** Apply ReLU to the result. */
  relu?: boolean;
}

/**
 * Convolution with zero padding on all sides (`nn.Conv2d`): [B, H, W, C] → [B, H', W', outChannels],
 * H' = ⌊(H + 2·padding − kernelSize) / stride⌋ + 1.
 */
export function conv2d(x: FeatureMap, name: string, options: Conv2dOptions): FeatureMap {
  const { outChannels, kernelSize, padding = 0, stride = 1, relu = false } = options;
  // With stride 1, `same` pads an odd kernel's (k − 1) / 2 on every side, as PyTorch; with
  // stride 2 it pads one side less, so there the padding is a layer of its own.
  const same = stride === 1 && kernelSize === 2 * padding + 1;
  const padded =
    padding === 0 || same
      ? x
      : apply(
          tf.layers.zeroPadding2d({
            name: `${name}/padding`,
            padding: [
              [padding, padding],
              [padding, padding],
            ] as unknown as [number, number],
          }),
          x,
        );
  return apply(
    tf.layers.conv2d({
      name,
      filters: outChannels,
      kernelSize,
      strides: stride,
      padding: same ? 'same' : 'valid',
      // Spares drawing weights that initializeLayer() replaces.
      kernelInitializer: 'zeros',
      ...(relu && { activation: 'relu' as const }),
    }),
    padded,
  );
}

/**
 * 3×3 max pooling, padding 1 that counts as −∞ (`nn.MaxPool2d(3, stride, 1)`):
 * H' = ⌊(H − 1) / stride⌋ + 1.
 *
 * With stride 1 that is TensorFlow's `same`, which leaves the padding out of the maximum. With
 * stride 2 `same` would pad one side only; every second pixel of the stride-1 pool is exact for
 * even and odd sizes, and needs no layer class of its own to save, load or convert.
 */
export function maxPool3x3(x: FeatureMap, name: string, stride: 1 | 2): FeatureMap {
  if (stride === 1) {
    return apply(tf.layers.maxPooling2d({ name, poolSize: 3, strides: 1, padding: 'same' }), x);
  }
  const windows = apply(
    tf.layers.maxPooling2d({ name: `${name}/windows`, poolSize: 3, strides: 1, padding: 'same' }),
    x,
  );
  return apply(
    tf.layers.maxPooling2d({ name, poolSize: 1, strides: 2, padding: 'valid' }),
    windows,
  );
}

/** Concatenation along the channels: axis 1 of PyTorch's (B, C, H, W), the last axis here. */
export function concatenate(branches: readonly FeatureMap[], name: string): FeatureMap {
  return tf.layers.concatenate({ name, axis: -1 }).apply([...branches]) as FeatureMap;
}

/** Applies a layer that takes and returns one tensor. */
export function apply(layer: tf.layers.Layer, x: FeatureMap): FeatureMap {
  return layer.apply(x) as FeatureMap;
}

/** Number of channels of a feature map. */
export function channels(x: FeatureMap): number {
  return x.shape[x.shape.length - 1] as number;
}
