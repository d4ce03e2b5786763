import type { tf } from '../runtime';
import { layerShapes, type LayerShapes } from './counting';
import { channelsFirstShape } from './layout';

/** A layer of a branch, as a diagram shows it. Shapes are the lecture's: channels, height, width. */
export interface LayerDescription {
  /** A reduction is a 1×1 convolution that changes the number of channels for another layer's sake. */
  kind: 'convolution' | 'reduction' | 'pooling';
  name: string;
  inChannels: number;
  /** Height and width of the window. */
  kernel: number;
  /** Pixels added on each side. */
  padding: number;
  stride: number;
  outputShape: number[];
}

/** What flows through a block: from the input through the branches to their concatenation. */
export interface BlockDescription {
  input: { name: string; shape: number[] };
  branches: { name: string; layers: LayerDescription[]; parameters: number }[];
  output: { name: string; shape: number[] };
}

/**
 * Reads the branches of an Inception block off its layers.
 *
 * @param model of an `InceptionNaive` or an `Inception`
 * @param inputShape [height, width, channels] of the image
 */
export function describeBlock(
  model: tf.LayersModel,
  inputShape: readonly number[],
): BlockDescription {
  const layers = layerShapes(model, inputShape);
  const names = ['branch1', 'branch2', 'branch3', 'branch4'];
  return {
    input: { name: 'previous layer', shape: channelsFirstShape(inputShape) },
    branches: names.map((name) => {
      const branch = layers.filter(
        ({ layer }) => layer.name.startsWith(name) && layer.getClassName() !== 'Activation',
      );
      return {
        name,
        layers: branch.map((layer) => describeLayer(layer, branch.length > 1)),
        parameters: branch.reduce((sum, { layer }) => sum + layer.countParams(), 0),
      };
    }),
    output: {
      name: 'concatenation',
      shape: channelsFirstShape(layers.at(-1)?.outputShape ?? []),
    },
  };
}

/** The settings of a convolution or a pooling layer that say how its window moves. */
interface WindowSettings {
  kernelSize?: [number, number];
  poolSize?: [number, number];
  strides: [number, number];
  padding: 'same' | 'valid';
}

function describeLayer(
  { layer, inputShape, outputShape }: LayerShapes,
  oneOfSeveral: boolean,
): LayerDescription {
  const settings = layer.getConfig() as unknown as WindowSettings;
  const [kernel] = (settings.kernelSize ?? settings.poolSize) as [number, number];
  return {
    ...(settings.kernelSize
      ? {
          kind: kernel === 1 && oneOfSeveral ? 'reduction' : 'convolution',
          name: `${kernel}×${kernel} convolution`,
        }
      : { kind: 'pooling', name: `${kernel}×${kernel} max pooling` }),
    inChannels: inputShape.at(-1) as number,
    kernel,
    padding: settings.padding === 'same' ? (kernel - 1) / 2 : 0,
    stride: settings.strides[0],
    outputShape: channelsFirstShape(outputShape),
  };
}
