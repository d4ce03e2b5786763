import * as tf from 'googlenet/tfjs-node';

/**
 * The step function, which is ReLU's derivative, of floats. TensorFlow.js makes its ones in
 * JavaScript, one element after the other; here TensorFlow fills a tensor with them.
 */
export function step(kernel: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const x = params.inputs.x as tf.Tensor;
    if (x.dtype !== 'float32') return kernel(params);
    const { alpha } = params.attrs as unknown as tf.StepAttrs;
    return tf.tidy(() => {
      const ofNumbers = tf.where(x.greater(0), tf.fill(x.shape, 1), tf.fill(x.shape, alpha));
      return tf.where(x.isNaN(), x, ofNumbers);
    });
  };
}
