import { tf } from '../runtime';

/** PyTorch's Adam with its default settings (`torch.optim.Adam`): β 0.9 and 0.999, ε 1e-8. */
export function adam(learningRate: number): tf.AdamOptimizer {
  return tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
}
