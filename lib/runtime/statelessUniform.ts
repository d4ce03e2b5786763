import { createHash } from 'node:crypto';
import * as tf from 'googlenet/tfjs-node';
import { nodeBackendInUse } from './internals';

/**
 * What random numbers are a function of: two int32 numbers, such as the seed of a run and the number
 * of its step. As an argument of a compiled step it may be another at each call.
 */
export type RandomSeed = tf.Tensor1D | Int32Array;

/**
 * Uniform float32 numbers in [0, 1), a function of seed and place alone. On TensorFlow's C library
 * they are the same op by op and in a graph.
 *
 * @param place an int32 number of its own for each draw that has the same seed
 */
export function statelessUniform(shape: number[], seed: RandomSeed, place: number): tf.Tensor {
  const backend = nodeBackendInUse();
  if (!backend) {
    const [first, second] = seed instanceof tf.Tensor ? seed.dataSync() : seed;
    return tf.randomUniform(shape, 0, 1, 'float32', `${first} ${second} ${place}`);
  }
  const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = backend.binding;
  return tf.tidy(() => {
    const key = tf.add(
      seed instanceof tf.Tensor ? seed : tf.tensor1d(seed, 'int32'),
      tf.tensor1d([place, 0], 'int32'),
    );
    const [drawn] = backend.executeMultipleOutputs(
      'StatelessRandomUniform',
      [
        { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: 'T', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'Tseed', type: TF_ATTR_TYPE, value: TF_INT32 },
      ],
      [tf.tensor1d(shape, 'int32'), key],
      1,
    );
    return drawn as tf.Tensor;
  });
}

/** A place for a name, so that no two layers of a network draw alike. */
export function placeOf(name: string): number {
  return createHash('sha256').update(name).digest().readInt32LE();
}
