import { tf } from '../runtime';
import { Layer } from './layer';
import { channelsFirstShape, formatShape } from './layout';
import { callOf, type Module } from './module';

/** A module at its place in a network, with the shapes that it sees there, without the batch dimension. */
export interface CallShapes {
  module: Module;
  inputShape: number[];
  outputShape: number[];
}

/** A stage of a network: one of its children, such as `icp_3a`. */
export interface Stage {
  name: string;
  /** Channels, height, width as the lecture writes them; only features after the last pooling. */
  outputShape: number[];
  parameters: number;
  multiplyAdds: number;
  /** Of an auxiliary head: the stage whose output it reads. */
  after?: string;
}

/**
 * The number of a module's parameters: weights and biases, those of auxiliary heads too. The running
 * statistics of a batch normalisation are none.
 */
export function countParameters(module: Module): number {
  return module
    .layers()
    .flatMap(({ weights }) => weights)
    .filter(({ originalName }) => !/moving_(mean|variance)$/.test(originalName))
    .reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
}

/**
 * The multiplications, each with its addition, that one image costs in a forward pass:
 * convolutions and fully connected layers, counting those in the padding, without their biases, and
 * without batch normalisation, which the weights before it can take in after training. Auxiliary
 * heads, which `forward` leaves out, cost nothing.
 *
 * @param inputShape (height, width, channels) of the image; the module's own when left out
 * @throws Error if the shape does not fit the module, or if it has weights in a layer of another
 *   kind
 */
export function countMultiplyAdds(module: Module, inputShape?: readonly number[]): number {
  const ofForward = new Set(module.model.layers);
  const calls = callShapes(module, inputShape);
  return multiplyAdds(
    calls.filter(({ module }) => module.layers().every((layer) => ofForward.has(layer))),
  );
}

/**
 * The children of a network in their order, each with its output shape and what it costs; an
 * auxiliary head comes behind the stage whose output it reads.
 *
 * @param inputShape as for {@link countMultiplyAdds}
 * @throws Error as {@link countMultiplyAdds}
 */
export function stageTable(module: Module, inputShape?: readonly number[]): Stage[] {
  const calls = callShapes(module, inputShape);
  const children = module.namedChildren();
  const stageOf = new Map(module.auxiliaryHeads().map(({ head, after }) => [head, after]));
  const trunk = children.filter(([, child]) => !stageOf.has(child));
  return trunk.flatMap(([stage, child]) => {
    const heads = children.filter(([, head]) => stageOf.get(head) === child);
    return [[stage, child] as const, ...heads].map(([name, child]) => {
      const inside = new Set(child.modules());
      return {
        name,
        outputShape: channelsFirstShape(callOf(child, calls).outputShape),
        parameters: countParameters(child),
        multiplyAdds: multiplyAdds(calls.filter(({ module }) => inside.has(module))),
        ...(stageOf.has(child) && { after: stage }),
      };
    });
  });
}

/** Follows a shape through a network, whose own shapes may leave height and width open. */
export function callShapes(module: Module, inputShape?: readonly number[]): CallShapes[] {
  const { model, calls } = module.network();
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
  const shapes = new Map([[input.id, [null, ...start]]]);
  const shapeOf = (x: tf.SymbolicTensor): (number | null)[] => {
    const known = shapes.get(x.id);
    if (known) return known;
    const inputs = x.inputs.map(shapeOf) as number[][];
    const shape = x.sourceLayer.computeOutputShape(inputs.length === 1 ? inputs.flat() : inputs);
    shapes.set(x.id, shape as number[]);
    return shape as number[];
  };
  return calls.map(({ module, input, output }) => ({
    module,
    inputShape: shapeOf(input).slice(1) as number[],
    outputShape: shapeOf(output).slice(1) as number[],
  }));
}

function multiplyAdds(calls: readonly CallShapes[]): number {
  return calls
    .filter(({ module }) => module instanceof Layer)
    .flatMap(({ module, outputShape }) =>
      module.layers().map((layer) => layerMultiplyAdds(layer, outputShape)),
    )
    .reduce((sum, count) => sum + count, 0);
}

function layerMultiplyAdds(layer: tf.layers.Layer, outputShape: readonly number[]): number {
  const kind = layer.getClassName();
  if (layer.weights.length === 0 || kind === 'BatchNormalization') return 0;
  if (kind !== 'Conv2D' && kind !== 'Dense') {
    throw new Error(
      `${layer.name} is a ${kind}; multiply-adds are counted for convolutions and fully connected layers only.`,
    );
  }
  // Every output position, of all channels, uses each weight of the kernel once.
  const kernel = layer.weights[0]?.shape as number[];
  return tf.util.sizeFromShape([...kernel, ...outputShape.slice(0, -1)]);
}
