import { tf } from '../runtime';

/**
 * The gradients of all variables together as one vector, shortened to a norm of at most `clipNorm`
 * (`torch.nn.utils.clip_grad_norm_`).
 *
 * @returns gradients of the same names and shapes
 */
export function clipGradients(gradients: tf.NamedTensorMap, clipNorm: number): tf.NamedTensorMap {
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares));
    // PyTorch's guard against a norm of zero.
    const factor = tf.minimum(tf.div(clipNorm, tf.add(norm, 1e-6)), 1);
    return Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]),
    );
  });
}
