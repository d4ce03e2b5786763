import * as tf from 'googlenet/tfjs-node';

/**
 * Convolutions whose result has no elements, as of no images, or of images smaller than the filter.
 *
 * TensorFlow 2.21 with oneDNN gives them the shape of their input, and what the memory happens to
 * hold; the result is known without it.
 *
 * @param dimensions of the images
 * @param depthwise whether each channel has filters of its own
 */
export function emptyConvolution(dimensions: 2 | 3, depthwise = false) {
  return (kernel: tf.KernelFunc): tf.KernelFunc =>
    (params) => {
      const shape = dimensions === 2 ? shape2d(params, depthwise) : shape3d(params);
      return shape.includes(0) ? tf.zeros(shape) : kernel(params);
    };
}

/** Gradients behind a result that has no elements: 0, where TensorFlow 2.21 leaves what it finds. */
export function emptyGradient(kernel: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const { dy, input } = params.inputs;
    if (!dy?.shape.includes(0)) return kernel(params);
    const { inputShape, filterShape } = params.attrs as Record<string, number[] | undefined>;
    return tf.zeros(inputShape ?? filterShape ?? input?.shape ?? []);
  };
}

type Params = Parameters<tf.KernelFunc>[0];
type Images = Record<'x' | 'filter', tf.TensorInfo>;

/** A depthwise convolution may come without dilations. */
type Attributes2d = Omit<tf.Conv2DAttrs, 'dilations'> &
  Record<'dilations', tf.Conv2DAttrs['dilations'] | null>;

function shape2d({ inputs, attrs }: Params, depthwise: boolean): number[] {
  const { x, filter } = inputs as Images;
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs as unknown as Attributes2d;
  return tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(dataFormat),
  ).outShape;
}

function shape3d({ inputs, attrs }: Params): number[] {
  const { x, filter } = inputs as Images;
  const { strides, pad, dilations } = attrs as unknown as tf.Conv3DAttrs;
  return tf.backend_util.computeConv3DInfo(
    x.shape as [number, number, number, number, number],
    filter.shape as [number, number, number, number, number],
    strides,
    dilations,
    pad,
  ).outShape;
}
