import * as tf from 'googlenet/tfjs-node';
import { nodeBackendInUse, type BindingAttribute, type NodeBackend } from './internals';

/** What a batch normalisation keeps of its batches, of each channel. */
export interface RunningStatistics {
  readonly mean: tf.Variable<tf.Rank.R1>;
  /** Unbiased. */
  readonly variance: tf.Variable<tf.Rank.R1>;
}

export interface BatchNormalizationOptions {
  /** What is added to a variance before its root is taken. */
  readonly eps: number;
  /** The share of this batch in the running statistics. */
  readonly momentum: number;
}

/**
 * Batch normalisation in training (`torch.nn.functional.batch_norm(…, training=True)`), with its
 * gradient: on TensorFlow's C library by its fused operations, elsewhere by plain ones. The running
 * statistics move towards the batch's.
 *
 * @param x float32 (B, H, W, C)
 * @param scale (C)
 * @param offset (C)
 * @throws Error for a batch of one number a channel, which has no variance
 */
export function normalizeBatch(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  running: RunningStatistics,
  options: BatchNormalizationOptions,
): tf.Tensor4D {
  const count = x.size / scale.size;
  if (count === 1) {
    throw new Error(
      `Batch normalisation needs more than one number a channel in training, but got [${x.shape.join(', ')}]: take a larger batch.`,
    );
  }
  const backend = nodeBackendInUse();
  if (backend) return fused(backend, x, scale, offset, running, options);
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  move(running.mean, mean, options.momentum);
  move(running.variance, tf.mul(variance, count / (count - 1)), options.momentum);
  return tf.batchNorm4d(
    x,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset,
    scale,
    options.eps,
  );
}

function move(running: tf.Variable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    running.assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(value, momentum)));
  });
}

/** V2: TensorFlow does not tell the shape of one of V3's results before it is computed. */
function fused(
  backend: NodeBackend,
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  running: RunningStatistics,
  { eps, momentum }: BatchNormalizationOptions,
): tf.Tensor4D {
  const { TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const attributes: BindingAttribute[] = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'U', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'epsilon', type: TF_ATTR_FLOAT, value: eps },
    { name: 'is_training', type: TF_ATTR_BOOL, value: true },
  ];
  const execute = (name: string, inputs: tf.Tensor[]) =>
    backend.executeMultipleOutputs(name, attributes, inputs, 5);
  const normalize = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const inputs = args as tf.Tensor[];
    const none = tf.tensor1d([], 'float32');
    const [y, mean, variance, ...reserved] = execute('FusedBatchNormV2', [
      ...inputs,
      none,
      none,
    ]) as [tf.Tensor4D, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    move(running.mean, mean, momentum);
    move(running.variance, variance, momentum);
    save([...inputs.slice(0, 2), ...reserved]);
    return {
      value: y,
      gradFunc: (dy, saved) => execute('FusedBatchNormGradV2', [dy, ...saved]).slice(0, 3),
    };
  });
  return normalize(x, scale, offset) as tf.Tensor4D;
}
