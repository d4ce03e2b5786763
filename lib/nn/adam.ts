import { tf } from '../runtime';

/**
 * Adam with PyTorch's defaults (`torch.optim.Adam`): β₁ 0.9, β₂ 0.999 and epsilon 1e-8, where
 * TensorFlow.js's own default epsilon is 1e-7.
 *
 * @param learningRate step size
 * @throws RangeError if the learning rate is negative or no number
 */
export function adam(learningRate: number): tf.AdamOptimizer {
  if (!(learningRate >= 0)) {
    throw new RangeError(`adam: the learning rate must be at least 0, but is ${learningRate}.`);
  }
  return tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
}
