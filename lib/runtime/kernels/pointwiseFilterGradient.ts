import * as tf from 'googlenet/tfjs-node';

/** Channels that oneDNN takes together: 16 with AVX-512, 8 with AVX2. */
const LARGEST_BLOCK = 16;

/**
 * The gradient of a 1×1 convolution's filter at a stride, for fewer input channels than oneDNN takes
 * together.
 *
 * oneDNN (3.7 in TensorFlow 2.21; https://github.com/uxlfoundation/oneDNN/issues/6035) copies the
 * pixels that the stride leaves to a workspace of pixels × channels. A thread that begins at another
 * pixel than an image's first takes its place there for pixels × block, and so writes over another
 * thread's pixels, which gives a wrong gradient, or beyond the workspace, which damages the heap.
 * Which batches and sizes meet it is up to the number of threads. Here the pixels are picked before,
 * so that there is no stride.
 */
export function pointwiseFilterGradient(kernel: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const { strides, dataFormat, filterShape } =
      params.attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    const [height, width, inChannels] = filterShape;
    const [strideHeight, strideWidth] = typeof strides === 'number' ? [strides, strides] : strides;
    const affected =
      dataFormat === 'NHWC' &&
      height * width === 1 &&
      strideHeight * strideWidth > 1 &&
      inChannels < LARGEST_BLOCK;
    if (!affected) return kernel(params);
    const x = params.inputs.x as tf.Tensor4D;
    const picked = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, strideHeight, strideWidth, 1]);
    const gradient = kernel({
      ...params,
      inputs: { ...params.inputs, x: picked },
      attrs: { ...params.attrs, strides: 1 },
    });
    picked.dispose();
    return gradient;
  };
}
