import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { compile } from 'googlenet/graph';
import {
  BatchNorm2d,
  ConvBlock,
  Conv2d,
  countMultiplyAdds,
  countParameters,
  Module,
  Sequential,
  stateDict,
} from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

const block = () =>
  new ConvBlock({ inChannels: 3, outChannels: 3, kernelSize: 1, batchNorm: true });

const running = async (module: Module): Promise<number[]> =>
  [...(await stateDict(module))]
    .filter(([name]) => name.includes('running'))
    .flatMap(([, { data }]) => Array.from(data, Number));

describe('training mode', () => {
  test('is off in a new module, and is that of all the modules in it', () => {
    const network = new Sequential(block(), block());
    const modes = () => network.modules().map(({ training }) => training);
    assert.deepEqual(new Set(modes()), new Set([false]));
    assert.equal(network.train(), network);
    assert.deepEqual(new Set(modes()), new Set([true]));
    assert.equal(network.eval(), network);
    assert.deepEqual(new Set(modes()), new Set([false]));
  });

  test('has forward do what the model does with training: true', async () => {
    const x = randn([4, 5, 5, 3]);
    manualSeed(80);
    const [a, b] = [block().train(), block()];
    b.model.setWeights(a.model.getWeights());
    const [y, z] = [a.forward(x), b.model.apply(x, { training: true }) as tf.Tensor];
    assert.deepEqual(y.dataSync(), z.dataSync());
    assert.deepEqual(await running(a), await running(b));
    assert.deepEqual(a.eval().forward(x).dataSync(), (b.model.apply(x) as tf.Tensor).dataSync());
  });

  test('keeps no tensors', () => {
    const network = new Sequential(block(), block()).train();
    const x = randn([4, 5, 5, 3]);
    const run = () => {
      tf.dispose(network.forward(x));
      const { value, grads } = tf.variableGrads(
        () => network.forward(x).sum(),
        network.parameters(),
      );
      tf.dispose([value, grads]);
    };
    run();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 3; i++) run();
    assert.equal(tf.memory().numTensors, numTensors);
  });
});

describe('batch normalisation', () => {
  test('by hand: mean 2, variance 8 / 3, of which 4 unbiased', async () => {
    const module = new BatchNorm2d({ numFeatures: 1, eps: 0, momentum: 0.25 }).train();
    // 0, 2, 2, 4: squared distances from the mean add up to 8, over 4 numbers or 3.
    const y = module.forward(tf.tensor4d([0, 2, 2, 4], [2, 2, 1, 1]));
    const root = Math.sqrt(2);
    assertWithin(largestDifference(y.dataSync(), [-root, 0, 0, root]), 1e-5, 'normalised by hand');
    const expected = [0.25 * 2, 0.75 + 0.25 * (8 / 3)];
    assertWithin(largestDifference(await running(module), expected), 1e-5, 'running statistics');
  });

  test('in evaluation leaves its running statistics alone', async () => {
    const module = new BatchNorm2d({ numFeatures: 3 });
    const before = await running(module);
    module.forward(randn([2, 3, 3, 3]));
    assert.deepEqual(await running(module), before);
  });

  test('is one operation of a graph, and its gradient another', () => {
    const module = block().train();
    const program = compile(
      (x: tf.Tensor4D) =>
        tf.variableGrads(() => module.forward(x).sum(), module.parameters()).grads,
    ).program(randn([2, 3, 3, 3]));
    const operations = [...program.matchAll(/= (\w*(?:Norm|Mean|Rsqrt|Squared)\w*)/g)];
    assert.deepEqual(
      operations.map(([, name]) => name),
      ['FusedBatchNormV2', 'FusedBatchNormGradV2'],
    );
  });

  test('of a single number a channel is refused in training', () => {
    const module = new BatchNorm2d({ numFeatures: 3 });
    const x = randn([1, 1, 1, 3]);
    assert.deepEqual(module.forward(x).shape, [1, 1, 1, 3]);
    assert.throws(() => module.train().forward(x), /more than one number a channel.*larger batch/);
  });

  test('refuses senseless arguments', () => {
    assert.throws(() => new BatchNorm2d({ numFeatures: 3, eps: -1 }), /eps must be .* from 0/);
    assert.throws(() => new BatchNorm2d({ numFeatures: 3, momentum: 2 }), /momentum must be .* 1,/);
    assert.throws(() => new BatchNorm2d({ numFeatures: 3, eps: NaN }), RangeError);
  });

  test("is, in a saved model, TensorFlow.js's own", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'googlenet-'));
    try {
      const network = new ConvBlock({
        inChannels: 3,
        outChannels: 2,
        kernelSize: 3,
        batchNorm: true,
      });
      const x = randn([4, 5, 5, 3]);
      network.train().forward(x);
      await network.model.save(`file://${directory}`);
      const loaded = await tf.loadLayersModel(`file://${directory}/model.json`);
      assert.deepEqual(
        loaded.layers.map((layer) => layer.getClassName()),
        ['InputLayer', 'Conv2D', 'BatchNormalization', 'Activation'],
      );
      assert.deepEqual(
        (loaded.predict(x) as tf.Tensor).dataSync(),
        network.eval().forward(x).dataSync(),
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('in a ConvBlock takes the place of the bias, and draws nothing', async () => {
    const given = { inChannels: 3, outChannels: 4, kernelSize: 3 };
    manualSeed(80);
    const convolution = new Conv2d({ ...given, bias: false });
    assert.equal(countParameters(convolution), 4 * 27);
    const kernel = (await stateDict(convolution)).get('conv2d.weight');
    manualSeed(80);
    const block = new ConvBlock({ ...given, batchNorm: true });
    const state = await stateDict(block);
    assert.deepEqual([...state.keys()].sort(), [
      'conv1.weight',
      'conv1_bn.bias',
      'conv1_bn.num_batches_tracked',
      'conv1_bn.running_mean',
      'conv1_bn.running_var',
      'conv1_bn.weight',
    ]);
    assert.deepEqual(state.get('conv1.weight'), kernel);
    assert.equal(block.parameters().length, 3);
    assert.equal(countMultiplyAdds(block, [5, 5, 3]), 9 * 4 * 27);
    assert.throws(() => new ConvBlock({ ...given, batchNorm: 1 as never }), {
      name: 'TypeError',
      message: 'ConvBlock: batchNorm must be true or false, but is 1.',
    });
  });
});
