import { uniform } from '../random';
import { tf } from '../runtime';

type Initializer = ReturnType<typeof tf.initializers.randomUniform>;

/**
 * Draws U(-bound, bound) from the default generator, one number after the other in the order of
 * PyTorch's tensor, and turns that tensor into TensorFlow's layout.
 *
 * The layer sees TensorFlow.js's own RandomUniform, so that a saved model names an initializer
 * which every TensorFlow.js knows; only where its numbers come from is replaced.
 */
function torchUniform(
  bound: number,
  fromTorchLayout: (values: Float32Array, shape: readonly number[]) => tf.Tensor,
): Initializer {
  const initializer = tf.initializers.randomUniform({ minval: -bound, maxval: bound });
  initializer.apply = (shape) => {
    const dimensions = shape as number[];
    const size = tf.util.sizeFromShape(dimensions);
    return tf.tidy(() => fromTorchLayout(uniform(size, -bound, bound), dimensions));
  };
  return initializer;
}

/**
 * PyTorch's default initialisation of a convolution's weight, U(-1/√fan_in, 1/√fan_in) with
 * fan_in = input channels × kernel positions (`torch.nn.Conv2d.reset_parameters`, where it is
 * written as `kaiming_uniform_` with a = √5).
 */
export function convWeightInitializer(fanIn: number): Initializer {
  return torchUniform(1 / Math.sqrt(fanIn), (values, [height, width, input, output]) =>
    tf.transpose(
      tf.tensor4d(values, [output, input, height, width] as [number, number, number, number]),
      [2, 3, 1, 0],
    ),
  );
}

/** The same for a fully connected layer's weight (`torch.nn.Linear.reset_parameters`). */
export function linearWeightInitializer(fanIn: number): Initializer {
  return torchUniform(1 / Math.sqrt(fanIn), (values, [input, output]) =>
    tf.transpose(tf.tensor2d(values, [output, input] as [number, number])),
  );
}

/** PyTorch's default initialisation of a bias: U(-1/√fan_in, 1/√fan_in), not zeros. */
export function biasInitializer(fanIn: number): Initializer {
  return torchUniform(1 / Math.sqrt(fanIn), (values) => tf.tensor1d(values));
}
