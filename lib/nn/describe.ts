import { tf } from '../runtime';
import { layerShapes } from './cost';
import { channelsFirstShape } from './torchLayout';

/** A layer of a branch, as a diagram shows it. Shapes are the lecture's: channels, height, width. */
export interface LayerDescription {
  /** A reduction is a 1×1 convolution that changes the number of channels for another layer's sake. */
  kind: 'convolution' | 'reduction' | 'pooling';
  name: string;
  outputShape: number[];
}

/** What flows through a block: from the input through the branches to their concatenation. */
export interface BlockDescription {
  input: { name: string; shape: number[] };
  branches: { name: string; layers: LayerDescription[] }[];
  output: { name: string; shape: number[] };
}

/**
 * Reads a block's branches off its layers.
 *
 * @param model of an `InceptionNaive` or an `Inception`
 * @param shape [H, W, C] of the image
 */
export function describeBlock(model: tf.LayersModel, shape: readonly number[]): BlockDescription {
  const shapes = layerShapes(model, [null, ...shape]);
  const shapeOf = (layer: tf.layers.Layer) =>
    channelsFirstShape((shapes.get(layer.name) as number[]).slice(1));
  const branches = new Map<string, tf.layers.Layer[]>();
  for (const layer of model.layers) {
    const [branch] = layer.name.split('/') as [string];
    if (branch.startsWith('branch')) branches.set(branch, [...(branches.get(branch) ?? []), layer]);
  }
  const last = model.layers[model.layers.length - 1] as tf.layers.Layer;
  return {
    input: { name: 'previous layer', shape: channelsFirstShape(shape) },
    branches: [...branches]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, layers]) => ({
        name,
        layers: layers.map((layer) => ({
          ...kindOf(layer, layers.length > 1),
          outputShape: shapeOf(layer),
        })),
      })),
    output: { name: 'concatenation', shape: shapeOf(last) },
  };
}

function kindOf(
  layer: tf.layers.Layer,
  oneOfSeveral: boolean,
): Pick<LayerDescription, 'kind' | 'name'> {
  const size = layer.getWeights()[0]?.shape[0];
  if (size === undefined) return { kind: 'pooling', name: '3×3 max pooling' };
  const name = `${size}×${size} convolution`;
  return { kind: size === 1 && oneOfSeveral ? 'reduction' : 'convolution', name };
}
