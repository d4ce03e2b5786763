import { tf } from '../runtime';

/**
 * Adam with PyTorch's defaults (`torch.optim.Adam`): β₁ 0.9, β₂ 0.999 and epsilon 1e-8, where
 * TensorFlow.js's own default epsilon is 1e-7.
 *
 * @param learningRate step size
 * @param epsilon what is added to the root of the second moment
 * @throws RangeError if one of them is negative or no number
 */
export function adam(learningRate: number, { epsilon = 1e-8 } = {}): tf.AdamOptimizer {
  if (!(learningRate >= 0)) {
    throw new RangeError(`adam: the learning rate must be at least 0, but is ${learningRate}.`);
  }
  if (!(epsilon >= 0)) {
    throw new RangeError(`adam: epsilon must be at least 0, but is ${epsilon}.`);
  }
  return tf.train.adam(learningRate, 0.9, 0.999, epsilon);
}
