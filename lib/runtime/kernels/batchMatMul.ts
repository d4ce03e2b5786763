import * as tf from 'googlenet/tfjs-node';

/**
 * Products of matrices in a batch of two dimensions, (B₁, B₂, M, K), with a single matrix.
 *
 * Where B₂ is 1, TensorFlow 2.21 makes oneDNN read and write beyond the tensors
 * (https://github.com/tensorflow/tensorflow/issues/117700, mended after 2.21). Here the matrices
 * stand one below the other, which makes one of them: (B₁·B₂·M, K).
 */
export function batchMatMul(kernel: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const { a, b } = params.inputs as unknown as { a: tf.Tensor; b: tf.Tensor };
    const { transposeA } = params.attrs as unknown as tf.BatchMatMulAttrs;
    const [rows, columns] = b.shape.slice(-2) as [number, number];
    const affected = a.rank === 4 && b.rank <= 4 && b.size === rows * columns && !transposeA;
    if (!affected) return kernel(params);
    return tf.tidy(() => {
      const inputs = {
        a: a.reshape([tf.util.sizeFromShape(a.shape.slice(0, 3)), a.shape[3] ?? 0]),
        b: b.reshape([rows, columns]),
      };
      const product = kernel({ ...params, inputs }) as tf.Tensor;
      return product.reshape([...a.shape.slice(0, 3), product.shape[1] ?? 0]);
    });
  };
}
