import { randn } from '../random';
import { tf } from '../runtime';
import { toConvKernel, toLinearKernel } from './initialization';
import { Conv2d, Linear } from './layers';
import type { Module } from './module';

/**
 * Draws the weights of every convolution and fully connected layer anew, from N(0, 2 / fan_in), and
 * sets their biases to 0 (He et al., 2015), in the order of the modules:
 *
 * ```python
 * for module in network.modules():
 *     if isinstance(module, (nn.Conv2d, nn.Linear)):
 *         nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
 *         if module.bias is not None:
 *             nn.init.zeros_(module.bias)
 * ```
 */
export function initializeHe(network: Module): void {
  for (const module of network.modules()) {
    if (!(module instanceof Conv2d || module instanceof Linear)) continue;
    const [kernel, bias] = module.parameters() as [tf.Variable, tf.Variable?];
    const fanIn = tf.util.sizeFromShape(kernel.shape.slice(0, -1));
    tf.tidy(() => {
      // PyTorch's shape has as many numbers, and so draws the same.
      const drawn = randn([kernel.size]).mul(Math.sqrt(2 / fanIn));
      kernel.assign(
        module instanceof Linear
          ? toLinearKernel(drawn, kernel.shape, module.positions)
          : toConvKernel(drawn, kernel.shape),
      );
      bias?.assign(tf.zerosLike(bias));
    });
  }
}
