import { uniform, type Generator } from '../random';
import { tf } from '../runtime';
import { fromTorchLayout, torchShape } from './torchLayout';

/**
 * Draws a layer's weight and bias as PyTorch's `nn.Conv2d` and `nn.Linear` do when they are
 * made: U(−1/√fan_in, 1/√fan_in) for both, weight first, in PyTorch's order of the numbers. After
 * `manualSeed(s)` they are the numbers that PyTorch draws after `torch.manual_seed(s)`.
 */
export function initializeLayer(layer: tf.layers.Layer, generator?: Generator): void {
  const [kernel, bias] = layer.getWeights();
  if (!kernel || !bias) throw new Error(`layer ${layer.name} has no weight and bias to initialise`);
  const outputs = bias.size;
  const bound = 1 / Math.sqrt(kernel.size / outputs);
  const weights = tf.tidy(() => [
    fromTorchLayout(
      tf.tensor(uniform(kernel.size, -bound, bound, generator), torchShape(kernel.shape)),
    ),
    tf.tensor1d(uniform(outputs, -bound, bound, generator)),
  ]);
  layer.setWeights(weights);
  tf.dispose(weights);
}
