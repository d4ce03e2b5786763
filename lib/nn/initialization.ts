import { uniform } from '../random';
import { tf } from '../runtime';

/** In the order of PyTorch's tensor. */
type Numbers = Float32Array | tf.Tensor;

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
  return torchUniform(1 / Math.sqrt(fanIn), toConvKernel);
}

/**
 * The same for a fully connected layer's weight (`torch.nn.Linear.reset_parameters`).
 *
 * @param positions as for {@link toLinearKernel}
 */
export function linearWeightInitializer(fanIn: number, positions: number): Initializer {
  return torchUniform(1 / Math.sqrt(fanIn), (values, shape) =>
    toLinearKernel(values, shape, positions),
  );
}

/** The numbers of PyTorch's (out, in, height, width) as (height, width, in, out). */
export function toConvKernel(values: Numbers, shape: readonly number[]): tf.Tensor {
  const [height, width, input, output] = shape as [number, number, number, number];
  return tf.transpose(tf.reshape(values, [output, input, height, width]), [2, 3, 1, 0]);
}

/**
 * The numbers of PyTorch's (out, in) as (in, out).
 *
 * @param positions of the map whose flattened features come in, which PyTorch has channel by channel
 */
export function toLinearKernel(
  values: Numbers,
  shape: readonly number[],
  positions: number,
): tf.Tensor {
  const [input, output] = shape as [number, number];
  return tf.reshape(
    tf.transpose(tf.reshape(values, [output, input / positions, positions]), [2, 1, 0]),
    [input, output],
  );
}

/** PyTorch's default initialisation of a bias: U(-1/√fan_in, 1/√fan_in), not zeros. */
export function biasInitializer(fanIn: number): Initializer {
  return torchUniform(1 / Math.sqrt(fanIn), (values) => tf.tensor1d(values));
}
