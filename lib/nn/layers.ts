import { tf } from '../runtime';
import { biasInitializer, convWeightInitializer, linearWeightInitializer } from './initialization';

/**
 * PyTorch's layers, put together from TensorFlow.js's. Each function adds layers behind a symbolic
 * tensor (batch, height, width, channels) and returns the symbolic output. A layer's name is its
 * path in the network, as in PyTorch's `state_dict` with `/` for `.`: `icp_3a/branch2/0/conv1`.
 */

/** Joins the path of a module and the name of a part; the outermost module has the path ''. */
export function join(path: string, part: string): string {
  return path === '' ? part : `${path}/${part}`;
}

/** What makes a shape readable in a message: `[?, 28, 28, 256]`. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((dimension) => dimension ?? '?').join(', ')}]`;
}

/** Checks a layer's arguments, which have to be whole numbers from `minimum` on. */
function checkArguments(name: string, minimum: number, values: Record<string, number>): void {
  for (const [argument, value] of Object.entries(values)) {
    if (!Number.isInteger(value) || value < minimum) {
      throw new RangeError(
        `${name}: ${argument} must be a whole number of at least ${minimum}, but is ${value}.`,
      );
    }
  }
}

/**
 * Whether TensorFlow's 'same' is PyTorch's padding: at stride 1 both pad an odd kernel by
 * (kernelSize - 1) / 2 on every side. At other strides 'same' pads less at the top and left.
 */
function isSamePadding(kernelSize: number, padding: number): boolean {
  return kernelSize % 2 === 1 && padding === (kernelSize - 1) / 2;
}

/**
 * A convolution with bias (`torch.nn.Conv2d`), with PyTorch's padding and initialisation.
 *
 * @param x (batch, height, width, inChannels)
 * @param padding zeros on each of the four sides
 * @returns (batch, ⌊(height + 2·padding - kernelSize) / stride⌋ + 1, likewise width, outChannels)
 * @throws Error if x has another number of channels; RangeError for a senseless argument
 */
export function conv2d(
  x: tf.SymbolicTensor,
  name: string,
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  padding = 0,
  stride = 1,
): tf.SymbolicTensor {
  checkArguments(name, 1, { inChannels, outChannels, kernelSize, stride });
  checkArguments(name, 0, { padding });
  const channels = x.shape.at(-1);
  if (channels !== inChannels) {
    throw new Error(
      `${name} expects ${inChannels} channels, but its input ${formatShape(x.shape)} has ${String(channels)}.`,
    );
  }
  const same = stride === 1 && isSamePadding(kernelSize, padding);
  if (!same && padding > 0) {
    x = tf.layers.zeroPadding2d({ padding, name: `${name}/pad` }).apply(x) as tf.SymbolicTensor;
  }
  const fanIn = inChannels * kernelSize * kernelSize;
  const convolution = tf.layers.conv2d({
    name,
    filters: outChannels,
    kernelSize,
    strides: stride,
    padding: same ? 'same' : 'valid',
    kernelInitializer: convWeightInitializer(fanIn),
    biasInitializer: biasInitializer(fanIn),
  });
  return convolution.apply(x) as tf.SymbolicTensor;
}

/** max(x, 0) (`torch.nn.ReLU`). */
export function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.activation({ activation: 'relu', name }).apply(x) as tf.SymbolicTensor;
}

/**
 * Max pooling (`torch.nn.MaxPool2d`): the stride defaults to the kernel size, and the padding
 * counts as -∞, so that it never wins.
 *
 * @param x (batch, height, width, channels)
 * @param padding 0, or (kernelSize - 1) / 2 for an odd kernel size
 * @returns (batch, ⌊(height + 2·padding - kernelSize) / stride⌋ + 1, likewise width, channels)
 * @throws RangeError for another padding or a senseless argument
 */
export function maxPool2d(
  x: tf.SymbolicTensor,
  name: string,
  kernelSize: number,
  stride = kernelSize,
  padding = 0,
): tf.SymbolicTensor {
  checkArguments(name, 1, { kernelSize, stride });
  if (padding !== 0 && !isSamePadding(kernelSize, padding)) {
    throw new RangeError(
      `${name}: padding must be 0 or, for an odd kernel size, (kernelSize - 1) / 2, but is ${padding} for kernel size ${kernelSize}.`,
    );
  }
  const pool = (poolSize: number, strides: number, same: boolean, poolName: string) =>
    tf.layers.maxPooling2d({
      poolSize,
      strides,
      padding: same ? 'same' : 'valid',
      name: poolName,
    });
  if (padding === 0 || stride === 1) {
    return pool(kernelSize, stride, padding > 0, name).apply(x) as tf.SymbolicTensor;
  }
  // 'same' at stride 2 would centre its windows one pixel further on at even sizes. So take the
  // maximum around every pixel, where 'same' is symmetric, then keep every stride-th of them.
  x = pool(kernelSize, 1, true, `${name}/windows`).apply(x) as tf.SymbolicTensor;
  return pool(1, stride, false, `${name}/stride`).apply(x) as tf.SymbolicTensor;
}

/**
 * Average pooling without padding (`torch.nn.AvgPool2d`).
 *
 * @param x (batch, height, width, channels)
 * @returns (batch, ⌊(height - kernelSize) / stride⌋ + 1, likewise width, channels)
 */
export function avgPool2d(
  x: tf.SymbolicTensor,
  name: string,
  kernelSize: number,
  stride = kernelSize,
): tf.SymbolicTensor {
  checkArguments(name, 1, { kernelSize, stride });
  const pool = tf.layers.averagePooling2d({
    poolSize: kernelSize,
    strides: stride,
    padding: 'valid',
    name,
  });
  return pool.apply(x) as tf.SymbolicTensor;
}

/** Joins branches along the channels, the last axis (`torch.cat` along dim 1 of NCHW). */
export function concatenate(branches: tf.SymbolicTensor[], name: string): tf.SymbolicTensor {
  return tf.layers.concatenate({ axis: -1, name }).apply(branches) as tf.SymbolicTensor;
}

/** (batch, height, width, channels) → (batch, height·width·channels). */
export function flatten(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.flatten({ name }).apply(x) as tf.SymbolicTensor;
}

/**
 * A fully connected layer (`torch.nn.Linear`), with PyTorch's initialisation.
 *
 * @param x (batch, inFeatures)
 * @returns (batch, outFeatures)
 * @throws Error if x has another number of features; RangeError for a senseless argument
 */
export function linear(
  x: tf.SymbolicTensor,
  name: string,
  inFeatures: number,
  outFeatures: number,
): tf.SymbolicTensor {
  checkArguments(name, 1, { inFeatures, outFeatures });
  const features = x.shape.at(-1);
  if (features !== inFeatures) {
    throw new Error(
      `${name} expects ${inFeatures} features, but its input ${formatShape(x.shape)} has ${String(features)}.`,
    );
  }
  const dense = tf.layers.dense({
    name,
    units: outFeatures,
    kernelInitializer: linearWeightInitializer(inFeatures),
    biasInitializer: biasInitializer(inFeatures),
  });
  return dense.apply(x) as tf.SymbolicTensor;
}
