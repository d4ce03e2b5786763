import { tf } from '../runtime';
import { inputShape } from './shapeCheck';

/** One stage of a network, or one branch of a block. */
export interface Stage {
  /** `conv1`, `icp_3a`, …: the part of its layers' names before the first `/`. */
  name: string;
  /** [H, W, C], or [features], of what it returns for one image. */
  outputShape: number[];
  parameters: number;
  /** Multiply-adds for one image. Padding counts as multiplied, bias and pooling do not. */
  multiplyAdds: number;
}

/** Numbers that training adjusts. */
export function countParameters(model: tf.LayersModel): number {
  return model.countParams();
}

/**
 * Multiply-adds of the convolutions and fully connected layers for one image.
 *
 * @param shape [H, W, C] of the image; may be left out where the model fixes it
 */
export function countMultiplyAdds(model: tf.LayersModel, shape?: readonly number[]): number {
  return stageTable(model, shape).reduce((total, { multiplyAdds }) => total + multiplyAdds, 0);
}

/**
 * What each stage of a model returns and costs, in order.
 *
 * @param shape [H, W, C] of the image; may be left out where the model fixes it
 * @throws RangeError if the shape is left out and the model does not fix it
 */
export function stageTable(
  model: tf.LayersModel,
  shape: readonly (number | null)[] = inputShape(model),
): Stage[] {
  if (shape.some((size) => size === null)) {
    throw new RangeError(
      `${model.name} takes images of any size: say for which shape [H, W, C] to count`,
    );
  }
  const shapes = layerShapes(model, [null, ...shape]);
  const stages = new Map<string, Stage>();
  for (const layer of model.layers) {
    const output = shapes.get(layer.name);
    if (!output || layer.getClassName() === 'InputLayer') continue;
    const name = layer.name.split('/')[0] as string;
    const stage = stages.get(name) ?? { name, outputShape: [], parameters: 0, multiplyAdds: 0 };
    stage.outputShape = output.slice(1) as number[];
    stage.parameters += layer.countParams();
    stage.multiplyAdds += layerMultiplyAdds(layer, output);
    stages.set(name, stage);
  }
  return [...stages.values()];
}

/** Every kernel weight is used once for each output pixel (for a fully connected layer: once). */
function layerMultiplyAdds(layer: tf.layers.Layer, output: tf.Shape): number {
  const [kernel] = layer.getWeights();
  if (!kernel) return 0;
  const pixels = output
    .slice(1, -1)
    .reduce<number>((product, size) => product * (size as number), 1);
  return kernel.size * pixels;
}

/** The output shape of each layer, worked out from the input's. */
export function layerShapes(model: tf.LayersModel, input: tf.Shape): Map<string, tf.Shape> {
  const shapes = new Map<string, tf.Shape>();
  for (const layer of model.layers) {
    const sources =
      layer.inboundNodes[0]?.inboundLayers.map(({ name }) => shapes.get(name) as tf.Shape) ?? [];
    const shape =
      sources.length === 0
        ? input
        : (layer.computeOutputShape(
            sources.length === 1 ? (sources[0] as tf.Shape) : sources,
          ) as tf.Shape);
    shapes.set(layer.name, shape);
  }
  return shapes;
}
