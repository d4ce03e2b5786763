import { tf } from '../runtime';
import { callOf, type Module } from './module';

/** What a stage of a network made of one image. */
export interface Activations {
  name: string;
  /** Row by row, channels last. */
  values: Float32Array;
  shape: [height: number, width: number, channels: number];
}

/**
 * The feature maps of one image inside a network.
 *
 * @param module takes images (B, H, W, C)
 * @param image (H, W, C), float32
 * @param names of modules in it that return feature maps, as PyTorch's `get_submodule` takes them:
 *   `conv1`, `icp_3a`, `icp_3a.branch2`
 * @throws Error if it has no such module, or that returns no maps, naming it
 */
export async function activations(
  module: Module,
  image: tf.Tensor3D,
  names: readonly string[],
): Promise<Activations[]> {
  if (names.length === 0) return [];
  const intermediate = intermediateModel(module, names);
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

/**
 * The part of a network, with its weights, that goes from the images (B, H, W, C) to the feature maps
 * of the modules `names` in it.
 *
 * @throws Error as {@link activations}
 */
export function intermediateModel(module: Module, names: readonly string[]): tf.LayersModel {
  const outputs = names.map((name) => {
    const { output } = callOf(submodule(module, name), module.network().calls);
    if (output.rank !== 4) throw new Error(`${name} returns features without height and width.`);
    return output;
  });
  return tf.model({ inputs: module.model.inputs, outputs });
}

function submodule(module: Module, name: string): Module {
  return name.split('.').reduce((at, part) => {
    const child = new Map(at.namedChildren()).get(part);
    if (!child) throw new Error(`The model has no layer or stage ${name}.`);
    return child;
  }, module);
}
