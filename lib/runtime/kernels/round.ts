import * as tf from 'googlenet/tfjs-node';

/**
 * Whole numbers are round already. TensorFlow 2.17 to 2.21 takes them through the arithmetic of
 * fractions, which gives 0 for every int32 (https://github.com/tensorflow/tensorflow/issues/74789).
 */
export function round(kernel: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const x = params.inputs.x as tf.Tensor;
    return x.dtype === 'int32' ? tf.clone(x) : kernel(params);
  };
}
