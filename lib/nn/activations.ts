import { tf } from '../runtime';

/** What a layer, or a stage of several layers, made of one image. */
export interface Activations {
  name: string;
  /** Row by row, channels last. */
  values: Float32Array;
  shape: [height: number, width: number, channels: number];
}

/**
 * The feature maps of one image inside a network.
 *
 * @param model takes images (B, H, W, C)
 * @param image (H, W, C), float32
 * @param names layers (`conv1`) or stages (`icp_3a`: what its last layer returns) with feature maps
 * @throws Error if the model has no such layer or stage, or it returns no maps, naming it
 */
export async function activations(
  model: tf.LayersModel,
  image: tf.Tensor3D,
  names: readonly string[],
): Promise<Activations[]> {
  if (names.length === 0) return [];
  const intermediate = tf.model({
    inputs: model.inputs,
    outputs: names.map((name) => outputOf(model, name)),
  });
  const maps = tf.tidy(() =>
    [intermediate.apply(image.expandDims(0)) as tf.Tensor4D | tf.Tensor4D[]].flat(),
  );
  try {
    return await Promise.all(
      maps.map(async (map, index) => {
        const [, height, width, channels] = map.shape;
        return {
          name: names[index] ?? '',
          values: (await map.data()) as Float32Array,
          shape: [height, width, channels] as [number, number, number],
        };
      }),
    );
  } finally {
    tf.dispose(maps);
  }
}

function outputOf(model: tf.LayersModel, name: string): tf.SymbolicTensor {
  const last = model.layers
    .filter((layer) => layer.name === name || layer.name.startsWith(`${name}/`))
    .at(-1);
  if (!last) throw new Error(`The model has no layer or stage ${name}.`);
  const output = last.output as tf.SymbolicTensor;
  if (output.rank !== 4) throw new Error(`${name} returns features without height and width.`);
  return output;
}
