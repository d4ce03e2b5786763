import { tf } from '../runtime';
import { initializeLayer } from './initialize';
import { fitInput } from './shapeCheck';

/** One image [H, W, C] or a batch [B, H, W, C]. */
export type Images = tf.Tensor3D | tf.Tensor4D;

/** A network or a part of one: what the lecture writes as `nn.Module`. */
export abstract class Module {
  /** The layers, as TensorFlow.js sees them: `summary()`, `save()`, `getWeights()` and so on. */
  abstract readonly model: tf.LayersModel;
}

/** A module that turns feature maps into feature maps. */
export abstract class FeatureModule extends Module {
  /**
   * Runs the module.
   *
   * @param x float32 [H, W, C] or [B, H, W, C]
   * @returns [H', W', C'] of one image, [B, H', W', C'] of a batch
   * @throws RangeError that names the layer, the shape it expects and the shape that came
   */
  forward<T extends Images>(x: T): T {
    return runModel(this.model, x) as T;
  }
}

/** Runs a model on one image or on a batch. */
export function runModel(model: tf.LayersModel, x: Images): tf.Tensor {
  return tf.tidy(() => {
    const batch = fitInput(model, x);
    const y = model.apply(batch) as tf.Tensor;
    return x.rank === 3 ? tf.squeeze(y, [0]) : y;
  });
}

/** A model from its input to its output, with PyTorch's initial weights, drawn in the order given. */
export function buildModel(
  name: string,
  input: tf.SymbolicTensor,
  output: tf.SymbolicTensor,
  parameterOrder: readonly string[],
): tf.LayersModel {
  const model = tf.model({ name, inputs: input, outputs: output });
  for (const layer of parameterOrder) initializeLayer(model.getLayer(layer));
  return model;
}
