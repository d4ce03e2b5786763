import { tf } from '../runtime';

/**
 * Checks that images fit a model's input, and adds the batch axis to a single one.
 * @throws RangeError that names the layer, the shape it expects and the shape that came
 */
export function fitInput(model: tf.LayersModel, x: tf.Tensor): tf.Tensor4D {
  const expected = inputShape(model);
  const came = `[${x.shape.join(', ')}]`;
  if (x.rank !== 3 && x.rank !== 4) {
    throw new RangeError(
      `${model.name} takes one image ${describe(expected)} or a batch of them, rank 3 or 4; rank ${x.rank} came, ${came}`,
    );
  }
  const [height, width, channels] = x.shape.slice(-3);
  if (channels !== expected[2]) {
    const hint =
      x.shape[x.rank - 3] === expected[2]
        ? '; the channels come last here: use toChannelsLast()'
        : '';
    throw new RangeError(
      `${firstParameterLayer(model)} expects ${expected[2]} channels, ${describe(expected)}; ${channels} came, ${came}${hint}`,
    );
  }
  if ((expected[0] ?? height) !== height || (expected[1] ?? width) !== width) {
    const last = model.layers[model.layers.length - 1] as tf.layers.Layer;
    const features = last.getWeights()[0]?.shape[0];
    throw new RangeError(
      `${last.name} expects ${features} features, which images of ${expected[0]}×${expected[1]} pixels give; images of ${height}×${width} came, ${came}`,
    );
  }
  return x.rank === 3 ? tf.expandDims(x, 0) : (x as tf.Tensor4D);
}

/**
 * Checks a constructor's numbers.
 * @throws RangeError that names the argument
 */
export function requirePositive(module: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `${module}: ${name} is ${value}; it must be a whole number of at least 1`,
      );
    }
  }
}

/** [H, W, C] of a model's input; null where any size will do. */
export function inputShape(model: tf.LayersModel): (number | null)[] {
  return (model.inputs[0] as tf.SymbolicTensor).shape.slice(1);
}

function describe(shape: readonly (number | null)[]): string {
  return `[${shape.map((size, axis) => size ?? 'HWC'[axis]).join(', ')}]`;
}

function firstParameterLayer(model: tf.LayersModel): string {
  return model.layers.find((layer) => layer.getWeights().length > 0)?.name ?? model.name;
}
