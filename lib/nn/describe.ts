import { callShapes, countParameters, type CallShapes } from './counting';
import type { Inception, InceptionNaive } from './inception';
import { Conv2d, MaxPool2d } from './layers';
import { channelsFirstShape } from './layout';
import { callOf } from './module';

/** A layer of a branch, as a diagram shows it. Shapes are the lecture's: channels, height, width. */
export interface LayerDescription {
  /** A reduction is a 1×1 convolution that only reduces or projects channels. */
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
 * Reads the branches of an Inception block off its modules.
 *
 * @param inputShape [height, width, channels] of the image
 */
export function describeBlock(
  block: Inception | InceptionNaive,
  inputShape: readonly number[],
): BlockDescription {
  const calls = callShapes(block, inputShape);
  const branches = block.namedChildren().filter(([, child]) => child !== block.concat);
  return {
    input: { name: 'previous layer', shape: channelsFirstShape(inputShape) },
    branches: branches.map(([name, branch]) => {
      const layers = branch
        .modules()
        .filter((module) => module instanceof Conv2d || module instanceof MaxPool2d);
      return {
        name,
        layers: layers.map((layer) =>
          describeLayer(layer, callOf(layer, calls), layers.length > 1),
        ),
        parameters: countParameters(branch),
      };
    }),
    output: {
      name: 'concatenation',
      shape: channelsFirstShape(callOf(block, calls).outputShape),
    },
  };
}

function describeLayer(
  layer: Conv2d | MaxPool2d,
  { inputShape, outputShape }: CallShapes,
  oneOfSeveral: boolean,
): LayerDescription {
  const { kernelSize: kernel, padding, stride } = layer;
  return {
    ...(layer instanceof Conv2d
      ? {
          kind: kernel === 1 && oneOfSeveral ? 'reduction' : 'convolution',
          name: `${kernel}×${kernel} convolution`,
        }
      : { kind: 'pooling', name: `${kernel}×${kernel} max pooling` }),
    inChannels: inputShape.at(-1) as number,
    kernel,
    padding,
    stride,
    outputShape: channelsFirstShape(outputShape),
  };
}
