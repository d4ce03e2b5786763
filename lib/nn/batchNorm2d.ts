import { normalizeBatch, tf } from '../runtime';
import { checkArguments } from './arguments';
import { MapLayer } from './layer';

/** What a {@link BatchNorm2d} is made from. */
export interface BatchNorm2dArguments {
  /** Channels of the input. */
  numFeatures: number;
  /** What is added to a variance before its root is taken, default 1e-5. */
  eps?: number;
  /** The share of a batch in the running statistics, default 0.1; TensorFlow counts the other share. */
  momentum?: number;
}

/**
 * Batch normalisation of each channel (Ioffe & Szegedy, 2015; `torch.nn.BatchNorm2d`):
 * (x - mean) / √(variance + eps) · weight + bias.
 *
 * In training ({@link Module.train}, or `model.apply(x, { training: true })`) mean and variance are
 * the batch's, over its images and positions, and the running statistics move towards them, the
 * variance unbiased there and biased where it normalises; in evaluation they are the running
 * statistics.
 *
 * (B, H, W, numFeatures) → the same
 */
export class BatchNorm2d extends MapLayer {
  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: BatchNorm2dArguments) {
    checkArguments('BatchNorm2d', given, ['numFeatures'], {
      eps: [0, Infinity],
      momentum: [0, 1],
    });
    const { numFeatures, eps = 1e-5, momentum = 0.1 } = given;
    const layer = tf.layers.batchNormalization({ epsilon: eps, momentum: 1 - momentum });
    layer.build([null, null, null, numFeatures]);
    type Vector = tf.Variable<tf.Rank.R1>;
    const [weight, bias, mean, variance] = layer.weights.map((variable) => variable.read()) as [
      weight: Vector,
      bias: Vector,
      mean: Vector,
      variance: Vector,
    ];
    const evaluate = layer.call.bind(layer);
    // TensorFlow.js's own layer moves the running variance towards the biased one, and computes the
    // statistics and their gradients in some twenty operations.
    layer.call = (x, kwargs) => {
      if (kwargs['training'] !== true) return evaluate(x, kwargs);
      const [batch] = [x].flat() as [tf.Tensor4D];
      return normalizeBatch(batch, weight, bias, { mean, variance }, { eps, momentum });
    };
    super({ '': layer }, { channels: numFeatures });
  }
}
