import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  loadStateDict,
  namedParameters,
  readSafetensors,
  saveStateDict,
  stateDict,
  writeSafetensors,
  type SafetensorsTensor,
} from 'googlenet/nn';
import { tf } from 'googlenet/runtime';

const FIXTURES = path.join(__dirname, 'fixtures');
const { layers } = tf;

/** A network of one layer after another, on inputs of the shape without the batch. */
function network(inputShape: number[], ...parts: tf.layers.Layer[]): tf.LayersModel {
  const x = tf.input({ shape: inputShape });
  const y = parts.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, x);
  return tf.model({ inputs: x, outputs: y });
}

/** With PyTorch's epsilon. */
const batchNormalization = (name: string, affine = true) =>
  layers.batchNormalization({ name, epsilon: 1e-5, scale: affine, center: affine });

function twoHeads(): tf.LayersModel {
  const x = tf.input({ shape: [4, 3, 2] });
  const trunk = layers
    .conv2d({ name: 'trunk', filters: 3, kernelSize: 2, activation: 'relu' })
    .apply(x) as tf.SymbolicTensor;
  const flat = layers.flatten().apply(trunk);
  const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(trunk);
  const heads = [
    layers.dense({ name: 'auxiliary/fc', units: 2 }).apply(flat),
    layers.dense({ name: 'fc', units: 2 }).apply(pooled),
  ] as tf.SymbolicTensor[];
  return tf.model({
    inputs: x,
    outputs: layers.concatenate().apply(heads) as tf.SymbolicTensor,
  });
}

function sumOfFlattened(): tf.LayersModel {
  const x = tf.input({ shape: [4, 3, 2] });
  const sides = ['left', 'right'].map((name) => {
    const map = layers.conv2d({ name, filters: 3, kernelSize: 2 }).apply(x);
    return layers.flatten().apply(map) as tf.SymbolicTensor;
  });
  const sum = layers.add().apply(sides);
  const y = layers.dense({ name: 'fc', units: 2 }).apply(sum) as tf.SymbolicTensor;
  return tf.model({ inputs: x, outputs: y });
}

const dense = (name: string, units: number) => layers.dense({ name, units });

/** The networks of make_fixtures.py. */
const NETWORKS: Record<string, () => tf.LayersModel> = {
  conv1d: () =>
    network(
      [5, 2],
      layers.conv1d({ name: 'conv', filters: 3, kernelSize: 3 }),
      layers.flatten(),
      dense('fc', 2),
    ),
  conv2d: () =>
    network(
      [4, 5, 2],
      layers.conv2d({ name: 'conv', filters: 3, kernelSize: [2, 3], useBias: false }),
    ),
  conv3d: () =>
    network(
      [2, 4, 4, 2],
      layers.conv3d({ name: 'conv', filters: 3, kernelSize: [1, 2, 3] }),
      layers.flatten(),
      dense('fc', 2),
    ),
  conv_transpose2d: () =>
    network(
      [2, 3, 2],
      layers.conv2dTranspose({ name: 'conv', filters: 3, kernelSize: [2, 3], strides: 2 }),
    ),
  conv_transpose3d: () =>
    network(
      [1, 2, 2, 2],
      layers.conv3dTranspose({ name: 'conv', filters: 3, kernelSize: [3, 2, 4], strides: 2 }),
    ),
  depthwise: () =>
    network(
      [4, 5, 3],
      layers.depthwiseConv2d({ name: 'conv', kernelSize: [2, 3], depthMultiplier: 2 }),
    ),
  batch_norm: () =>
    network(
      [3, 4, 2],
      layers.conv2d({ name: 'conv', filters: 3, kernelSize: 2 }),
      batchNormalization('bn'),
      layers.reLU(),
      layers.flatten(),
      batchNormalization('flat_bn'),
      layers.dropout({ rate: 0.5 }),
      dense('fc', 4),
      batchNormalization('fc_bn', false),
      dense('fc_2', 2),
    ),
  embedding: () =>
    network(
      [4],
      layers.embedding({ name: 'words', inputDim: 5, outputDim: 5 }),
      dense('fc', 3),
      layers.flatten(),
      dense('out', 2),
    ),
  flat_images: () => network([2, 3, 3], layers.flatten(), dense('fc', 2)),
  flat_rows: () => network([2, 3], layers.reshape({ targetShape: [6] }), dense('fc', 2)),
  two_heads: twoHeads,
  sum_of_flattened: sumOfFlattened,
};

const REFUSED: [reason: RegExp, model: () => tf.LayersModel][] = [
  [
    /Error: lstm has no counterpart in PyTorch: it is of the class LSTM, not one of Conv1D, Conv2D, .*Dense.* model\.save\(\)/,
    () => network([3, 2], layers.lstm({ name: 'lstm', units: 2 })),
  ],
  [
    /Error: separable .* it is of the class SeparableConv2D/,
    () =>
      network([3, 3, 2], layers.separableConv2d({ name: 'separable', filters: 2, kernelSize: 2 })),
  ],
  [
    /Error: inner .* it is of the class Sequential/,
    () =>
      network(
        [2],
        tf.sequential({ name: 'inner', layers: [layers.dense({ units: 1, inputShape: [2] })] }),
      ),
  ],
  [
    /Error: conv .* its dataFormat is 'channelsFirst'/,
    () =>
      network(
        [2, 3, 3],
        layers.conv2d({ name: 'conv', filters: 2, kernelSize: 2, dataFormat: 'channelsFirst' }),
      ),
  ],
  [
    /Error: bn .* it normalises axis 1, not the channels/,
    () => network([3, 3, 2], layers.batchNormalization({ name: 'bn', axis: 1 })),
  ],
  [
    /Error: bn .* it has one of scale and center/,
    () => network([3, 3, 2], layers.batchNormalization({ name: 'bn', scale: false })),
  ],
  [/Error: fc .* Linear takes no map/, () => network([3, 3, 2], dense('fc', 2))],
  [
    /Error: conv .* mix channels and positions/,
    () =>
      network(
        [12],
        dense('fc', 12),
        layers.reshape({ targetShape: [2, 2, 3] }),
        layers.conv2d({ name: 'conv', filters: 2, kernelSize: 2 }),
      ),
  ],
  [
    /Error: fc .* mix channels and positions/,
    () => network([2, 3, 2], layers.permute({ dims: [3, 1, 2] }), layers.flatten(), dense('fc', 2)),
  ],
  [
    /Error: fc .* mix channels and positions/,
    () => {
      const inputs = [tf.input({ shape: [2, 2, 3] }), tf.input({ shape: [5] })];
      const flat = layers.flatten().apply(inputs[0] as tf.SymbolicTensor) as tf.SymbolicTensor;
      const all = layers.concatenate().apply([flat, inputs[1] as tf.SymbolicTensor]);
      return tf.model({ inputs, outputs: dense('fc', 2).apply(all) as tf.SymbolicTensor });
    },
  ],
  [
    /Two layers have the same name in PyTorch: a\.b\.weight/,
    () => network([2], dense('a/b', 2), dense('a.b', 2)),
  ],
];

describe('weights of every kind of layer', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'googlenet layers '));
  });
  after(() => rm(directory, { recursive: true }));

  for (const [name, build] of Object.entries(NETWORKS)) {
    const fixture = path.join(FIXTURES, `${name}.safetensors`);

    test(`${name}: PyTorch's weights give PyTorch's output`, async () => {
      const examples = (await readSafetensors(path.join(FIXTURES, 'examples.safetensors'))).tensors;
      const tensor = (part: string) => {
        const { shape, data } = examples.get(`${name}/${part}`) as SafetensorsTensor;
        return tf.tensor(data as Float32Array | Int32Array, [...shape]);
      };
      const model = build();
      await loadStateDict(model, fixture);
      const output = model.predict(tensor('input')) as tf.Tensor;
      const expected = tensor('output');
      assert.deepEqual(output.shape, expected.shape);
      const largest = expected.abs().max().dataSync()[0] as number;
      const difference = output.sub(expected).abs().max().dataSync()[0] as number;
      assert.ok(difference <= 1e-5 * largest, `differs by ${difference} of ${largest}`);
    });

    test(`${name}: saving gives PyTorch's state_dict`, async () => {
      const model = build();
      await loadStateDict(model, fixture);
      const saved = path.join(directory, `${name}.safetensors`);
      await saveStateDict(model, saved);
      // TensorFlow.js does not count batches.
      const expected = new Map((await readSafetensors(fixture)).tensors);
      for (const key of expected.keys()) {
        if (key.endsWith('num_batches_tracked')) {
          expected.set(key, { shape: [], data: BigInt64Array.of(0n) });
        }
      }
      assert.deepEqual((await readSafetensors(saved)).tensors, expected);
    });
  }

  test('the entries stand in the order of PyTorch', async () => {
    const names = [...(await stateDict(network([3], batchNormalization('bn')))).keys()];
    assert.deepEqual(names, [
      'bn.weight',
      'bn.bias',
      'bn.running_mean',
      'bn.running_var',
      'bn.num_batches_tracked',
    ]);
  });

  test('parameters by name are those that are trained, as in PyTorch', () => {
    const model = network([3], batchNormalization('bn'));
    assert.deepEqual([...namedParameters(model).keys()], ['bn.weight', 'bn.bias']);
  });

  test('num_batches_tracked may be missing, but has to be what PyTorch has', async () => {
    const model = network([3], batchNormalization('bn'));
    const tensors = await stateDict(model);
    const file = path.join(directory, 'count.safetensors');
    tensors.delete('bn.num_batches_tracked');
    await writeSafetensors(file, { tensors });
    await loadStateDict(model, file);
    tensors.set('bn.num_batches_tracked', { shape: [], data: Float32Array.of(1) });
    await writeSafetensors(file, { tensors });
    await assert.rejects(
      loadStateDict(model, file),
      /bn\.num_batches_tracked should be of type I64, but is F32/,
    );
  });

  for (const [reason, build] of REFUSED) {
    test(`refused with ${reason.source}`, async () => {
      const model = build();
      await assert.rejects(stateDict(model), reason);
      await assert.rejects(loadStateDict(model, path.join(FIXTURES, 'conv2d.safetensors')), reason);
    });
  }
});
