import { tf } from '../runtime';
import { featureOrder, hasPositions, isFlattened, sharedOrder } from './featureOrder';

/** A variable of a model beside the tensor of PyTorch's `state_dict` that holds the same numbers. */
export interface TorchParameter {
  /** PyTorch's name: `icp_3a.branch2.0.conv1.weight`. */
  name: string;
  /** PyTorch's shape: (out, in, height, width) of a convolution, (out, in) of a linear layer. */
  shape: readonly number[];
  variable: tf.Variable;
  /** Whether PyTorch counts it among the buffers, which are not trained. */
  buffer: boolean;
  /** The variable's shape, flattened features taken apart. */
  factors: readonly number[];
  /** Axes of `factors` in PyTorch's order. */
  axes: readonly number[];
}

/** How a variable of a layer stands in PyTorch's layer. */
interface Layout {
  name: string;
  /** The variable's axes in PyTorch's order. */
  axes: readonly number[];
  /** PyTorch's shape, where it is not the variable's in that order. */
  shape?: (variable: readonly number[]) => number[];
  buffer?: boolean;
  /** Whether its first axis counts the features that the layer takes. */
  takesFeatures?: boolean;
}

const BIAS: Layout = { name: 'bias', axes: [0] };
const convolution = (...axes: number[]) => ({ kernel: { name: 'weight', axes }, bias: BIAS });
const feature = (name: string, buffer = false): Layout => ({
  name,
  axes: [0],
  buffer,
  takesFeatures: true,
});

/** By the class of the layer, then by the variable's name in it. */
const LAYERS: ReadonlyMap<string, Record<string, Layout>> = new Map<string, Record<string, Layout>>(
  [
    ['Conv1D', convolution(2, 1, 0)],
    ['Conv2D', convolution(3, 2, 0, 1)],
    ['Conv3D', convolution(4, 3, 0, 1, 2)],
    // TensorFlow's (height, width, out, in) is PyTorch's (in, out, height, width).
    ['Conv2DTranspose', convolution(3, 2, 0, 1)],
    ['Conv3DTranspose', convolution(4, 3, 0, 1, 2)],
    [
      // A convolution with as many groups as channels: (height, width, in, multiplier) is
      // (in · multiplier, 1, height, width).
      'DepthwiseConv2D',
      {
        depthwise_kernel: {
          name: 'weight',
          axes: [2, 3, 0, 1],
          shape: ([height = 0, width = 0, channels = 0, multiplier = 0]) => [
            channels * multiplier,
            1,
            height,
            width,
          ],
        },
        bias: BIAS,
      },
    ],
    ['Dense', { kernel: { name: 'weight', axes: [1, 0], takesFeatures: true }, bias: BIAS }],
    ['Embedding', { embeddings: { name: 'weight', axes: [0, 1] } }],
    [
      'BatchNormalization',
      {
        gamma: feature('weight'),
        beta: feature('bias'),
        moving_mean: feature('running_mean', true),
        moving_variance: feature('running_var', true),
      },
    ],
  ],
);

/**
 * The model's variables as PyTorch names them and lays them out. The features of a layer behind a
 * flattened map stand channels first in PyTorch.
 *
 * @throws Error naming a layer that has no counterpart of PyTorch's
 */
export function torchParameters(model: tf.LayersModel): TorchParameter[] {
  const inputs = layerInputs(model.outputs);
  const parameters = model.layers.flatMap((layer) =>
    layerParameters(layer, inputs.get(layer) ?? []),
  );
  const names = new Set<string>();
  for (const { name } of parameters) {
    if (names.has(name)) throw new Error(`Two layers have the same name in PyTorch: ${name}.`);
    names.add(name);
  }
  return parameters;
}

/** What each layer takes on the way to a model's outputs; a layer may be in other models too. */
function layerInputs(
  outputs: readonly tf.SymbolicTensor[],
): Map<tf.layers.Layer, readonly tf.SymbolicTensor[]> {
  const inputs = new Map<tf.layers.Layer, readonly tf.SymbolicTensor[]>();
  const seen = new Set<number>();
  const visit = (x: tf.SymbolicTensor): void => {
    if (seen.has(x.id)) return;
    seen.add(x.id);
    inputs.set(x.sourceLayer, [...(inputs.get(x.sourceLayer) ?? []), ...x.inputs]);
    x.inputs.forEach(visit);
  };
  outputs.forEach(visit);
  return inputs;
}

function layerParameters(
  layer: tf.layers.Layer,
  inputs: readonly tf.SymbolicTensor[],
): TorchParameter[] {
  if (layer.getConfig()['dataFormat'] === 'channelsFirst') {
    throw refusal(layer, "its dataFormat is 'channelsFirst', not 'channelsLast'");
  }
  if (layer.weights.length === 0) return [];
  const kind = layer.getClassName();
  const layouts = LAYERS.get(kind);
  if (!layouts) {
    throw refusal(layer, `it is of the class ${kind}, not one of ${[...LAYERS.keys()].join(', ')}`);
  }
  if (kind === 'BatchNormalization') checkBatchNormalization(layer, inputs);
  // An embedding takes indices, which have no features.
  const order = kind === 'Embedding' ? 'last' : sharedOrder(inputs);
  if (order === 'unknown') {
    throw refusal(
      layer,
      'the layers before it mix channels and positions, so that the order of its features in PyTorch is not known',
    );
  }
  const isMap = inputs.some((x) => featureOrder(x) === 'first' && hasPositions(x.shape.slice(1)));
  if (kind === 'Dense' && isMap) {
    throw refusal(
      layer,
      "PyTorch's Linear takes no map, whose channels stand first there: use a convolution with kernel size 1",
    );
  }
  return layer.weights.map((weight) => {
    const variable = weight.read() as tf.Variable;
    const layout = layouts[weight.originalName.slice(layer.name.length + 1)] as Layout;
    const { axes, shape, buffer = false, takesFeatures = false } = layout;
    return {
      name: `${layer.name.replaceAll('/', '.')}.${layout.name}`,
      shape: shape?.(variable.shape) ?? axes.map((axis) => variable.shape[axis] as number),
      variable,
      buffer,
      ...(takesFeatures && isFlattened(order)
        ? takenApart(variable, axes, order)
        : { factors: variable.shape, axes }),
    };
  });
}

function refusal(layer: tf.layers.Layer, reason: string): Error {
  return new Error(
    `${layer.name} has no counterpart in PyTorch: ${reason}. model.save() keeps any model.`,
  );
}

function checkBatchNormalization(
  layer: tf.layers.Layer,
  inputs: readonly tf.SymbolicTensor[],
): void {
  const { axis, scale, center } = layer.getConfig() as Record<string, unknown>;
  const last = (inputs[0]?.rank ?? 0) - 1;
  if (axis !== -1 && axis !== last) {
    throw refusal(layer, `it normalises axis ${String(axis)}, not the channels`);
  }
  if (scale !== center) {
    throw refusal(layer, "it has one of scale and center; PyTorch's has both or neither");
  }
}

/** The first axis taken apart into the axes of the map whose features it counts. */
function takenApart(
  { shape }: tf.Variable,
  axes: readonly number[],
  map: readonly number[],
): Pick<TorchParameter, 'factors' | 'axes'> {
  const last = map.length - 1;
  const channelsFirst = [last, ...map.keys()].slice(0, map.length);
  return {
    factors: [...map, ...shape.slice(1)],
    axes: axes.flatMap((axis) => (axis === 0 ? channelsFirst : [axis + last])),
  };
}

/** The numbers of a model's variable, or of another tensor like it, as PyTorch lays them out. */
export function toTorchLayout(x: tf.Tensor, { shape, factors, axes }: TorchParameter): tf.Tensor {
  return tf.tidy(() =>
    x
      .reshape([...factors])
      .transpose([...axes])
      .reshape([...shape]),
  );
}

/** A tensor of PyTorch's as the model's variable holds it. */
export function fromTorchLayout(x: tf.Tensor, parameter: TorchParameter): tf.Tensor {
  const { variable, factors, axes } = parameter;
  const inverse = factors.map((_, axis) => axes.indexOf(axis));
  return tf.tidy(() =>
    x
      .reshape(axes.map((axis) => factors[axis] as number))
      .transpose(inverse)
      .reshape(variable.shape),
  );
}
