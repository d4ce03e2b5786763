import { tf } from '../runtime';
import { initializeLayer } from './initialize';
import { fitInput } from './shapeCheck';

/** One image [H, W, C] or a batch [B, H, W, C]. */
export type Images = tf.Tensor3D | tf.Tensor4D;

/** A network or a part of one: what the lecture writes as `nn.Module`. */
export abstract class Module {
  /** The layers, as TensorFlow.js sees them: `summary()`, `save()`, `getWeights()` and so on. */
  abstract readonly model: tf.LayersModel;

  /**
   * Runs the module.
   *
   * @param x float32 [H, W, C] or [B, H, W, C]
   * @returns for one image the result of that image, without the batch axis
   * @throws RangeError that names the layer, the shape it expects and the shape that came
   */
  forward(x: tf.Tensor3D): tf.Tensor;
  forward(x: tf.Tensor4D): tf.Tensor;
  forward(x: Images): tf.Tensor {
    return runModel(this.model, x);
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
