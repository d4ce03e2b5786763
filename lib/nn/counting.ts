import { tf } from '../runtime';
import { formatShape } from './layers';
import { channelsFirstShape } from './layout';

/** A layer of a model with the shapes that it sees, without the batch dimension. */
export interface LayerShapes {
  layer: tf.layers.Layer;
  inputShape: number[];
  outputShape: number[];
}

/** A stage of a network: the layers whose paths start alike, such as `icp_3a/…`. */
export interface Stage {
  name: string;
  /** Channels, height, width as the lecture writes them; only features after the last pooling. */
  outputShape: number[];
  parameters: number;
  multiplyAdds: number;
}

/** The number of a model's parameters, weights and biases. */
export function countParameters(model: tf.LayersModel): number {
  return model.countParams();
}

/**
 * The multiplications, each with its addition, that one image costs in a forward pass:
 * convolutions and fully connected layers, without their biases, counting those in the padding.
 *
 * @param inputShape (height, width, channels) of the image; the model's own when left out
 * @throws Error if the shape does not fit the model, or if the model has weights in a layer of
 *   another kind
 */
export function countMultiplyAdds(model: tf.LayersModel, inputShape?: readonly number[]): number {
  return layerShapes(model, inputShape).reduce((sum, shapes) => sum + multiplyAdds(shapes), 0);
}

/**
 * The stages of a network in their order, each with its output shape and what it costs: a stage is
 * all layers whose paths start alike, so `icp_3a` is one row.
 *
 * @param inputShape as for {@link countMultiplyAdds}
 * @throws Error as {@link countMultiplyAdds}
 */
export function stageTable(model: tf.LayersModel, inputShape?: readonly number[]): Stage[] {
  const stages = new Map<string, Stage>();
  for (const shapes of layerShapes(model, inputShape)) {
    if (shapes.layer.getClassName() === 'InputLayer') continue;
    const [name] = shapes.layer.name.split('/') as [string];
    const before = stages.get(name);
    stages.set(name, {
      name,
      outputShape: channelsFirstShape(shapes.outputShape),
      parameters: (before?.parameters ?? 0) + shapes.layer.countParams(),
      multiplyAdds: (before?.multiplyAdds ?? 0) + multiplyAdds(shapes),
    });
  }
  return [...stages.values()];
}

function multiplyAdds({ layer, inputShape, outputShape }: LayerShapes): number {
  if (layer.weights.length === 0) return 0;
  const kind = layer.getClassName();
  if (kind !== 'Conv2D' && kind !== 'Dense') {
    throw new Error(
      `${layer.name} is a ${kind}; multiply-adds are counted for convolutions and fully connected layers only.`,
    );
  }
  // Every output position, of all channels, uses each weight of the kernel once.
  const kernel = layer.weights[0]?.shape as number[];
  const positions = kind === 'Conv2D' ? outputShape.slice(0, -1) : inputShape.slice(0, -1);
  return tf.util.sizeFromShape([...kernel, ...positions]);
}

/** Follows a shape through the model, whose own shapes may leave height and width open. */
export function layerShapes(model: tf.LayersModel, inputShape?: readonly number[]): LayerShapes[] {
  const [input] = model.inputs as [tf.SymbolicTensor];
  const own = input.shape.slice(1);
  const start = inputShape ? [...inputShape] : own;
  const fits =
    start.length === own.length &&
    start.every((size, axis) => size !== null && (own[axis] === null || own[axis] === size));
  if (!fits) {
    throw new Error(
      inputShape
        ? `The model takes images of ${formatShape(own)}, not ${formatShape(start)}.`
        : `The model takes images of ${formatShape(own)}: say for which input shape to count.`,
    );
  }
  const shapes = new Map<number, (number | null)[]>([[input.id, [null, ...start]]]);
  return model.layers.map((layer) => {
    const inputs = [layer.input].flat().map((tensor) => shapes.get(tensor.id) as number[]);
    const output =
      layer.getClassName() === 'InputLayer'
        ? inputs[0]
        : layer.computeOutputShape(inputs.length === 1 ? (inputs[0] as number[]) : inputs);
    shapes.set((layer.output as tf.SymbolicTensor).id, output as number[]);
    return {
      layer,
      inputShape: (inputs[0] as number[]).slice(1),
      outputShape: (output as number[]).slice(1),
    };
  });
}
