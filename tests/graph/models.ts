import { tf } from 'googlenet/runtime';

/** Numbers in [-0.5, 0.5) that are the same everywhere (the minimal standard generator). */
export function numbers(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  });
}

export function tensor(shape: number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return tf.tensor(numbers(size, seed), shape);
}

export function labels(count: number, classes: number): tf.Tensor1D {
  return tf.tensor1d(
    Int32Array.from({ length: count }, (_, i) => (i * 7) % classes),
    'int32',
  );
}

/** Gives a model the same small weights at each construction. */
function withFixedWeights<M extends tf.LayersModel>(model: M): M {
  model.setWeights(
    model.getWeights(false).map((weight, i) => {
      const isMoving = model.weights[i]?.name.includes('moving') === true;
      if (isMoving) return weight;
      const fanIn = weight.shape.slice(0, -1).reduce((product, size) => product * size, 1);
      return tensor(weight.shape, i + 1).mul(2 / Math.sqrt(fanIn));
    }),
  );
  return model;
}

export function denseNet(): tf.LayersModel {
  return withFixedWeights(
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [20], units: 32, activation: 'relu' }),
        tf.layers.dense({ units: 16, activation: 'tanh' }),
        tf.layers.dense({ units: 5 }),
      ],
    }),
  );
}

/** A convolution, a residual block with batch normalisation, an average, a dense layer. */
export function residualNet(): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3] });
  const conv = (filters: number, x: tf.SymbolicTensor): tf.SymbolicTensor =>
    tf.layers
      .conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false })
      .apply(x) as tf.SymbolicTensor;
  const normalised = (x: tf.SymbolicTensor): tf.SymbolicTensor =>
    tf.layers.batchNormalization().apply(x) as tf.SymbolicTensor;
  const relu = (x: tf.SymbolicTensor): tf.SymbolicTensor =>
    tf.layers.reLU().apply(x) as tf.SymbolicTensor;
  const stem = relu(normalised(conv(8, input)));
  const block = normalised(conv(8, relu(normalised(conv(8, stem)))));
  const joined = relu(tf.layers.add().apply([stem, block]) as tf.SymbolicTensor);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(joined) as tf.SymbolicTensor;
  const output = tf.layers.dense({ units: 5 }).apply(pooled) as tf.SymbolicTensor;
  return withFixedWeights(tf.model({ inputs: input, outputs: output }));
}

export function variablesOf(model: tf.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

/** A training step of mean cross-entropy, as a user writes it. */
export function trainingStep(model: tf.LayersModel, optimizer: tf.Optimizer) {
  return (x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
    optimizer.minimize(
      () => {
        const logits = model.apply(x, { training: true }) as tf.Tensor;
        return tf.losses.softmaxCrossEntropy(tf.oneHot(y as tf.Tensor1D, 5), logits).asScalar();
      },
      true,
      variablesOf(model),
    ) as tf.Scalar;
}

export function scalar(value: tf.Tensor): number {
  const number = value.dataSync<'float32'>()[0];
  if (number === undefined) throw new Error('an empty tensor has no value');
  return number;
}

/** Every optimizer of tf.train, at a rate that small networks bear. */
export const optimizers = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  nesterov: () => tf.train.momentum(0.02, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  rmsprop: () => tf.train.rmsprop(0.005, 0.9, 0.5),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
} satisfies Record<string, () => tf.Optimizer>;
