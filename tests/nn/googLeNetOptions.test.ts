import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  activations,
  AuxiliaryClassifier,
  countMultiplyAdds,
  countParameters,
  GoogLeNet,
  Linear,
  Module,
  namedParameters,
  stageTable,
  stateDict,
  type GoogLeNetOptions,
} from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';

const build = (options?: GoogLeNetOptions) => {
  manualSeed(80);
  return new GoogLeNet(3, 'cifar10', options);
};
const children = (network: Module) => network.namedChildren().map(([name]) => name);

describe('GoogLeNet with options', () => {
  test('has batch normalisations for biases, named after their convolutions', async () => {
    const network = build({ batchNorm: true });
    const names = children(network);
    for (const name of ['conv1', 'conv2_red', 'conv2']) {
      assert.equal(names[names.indexOf(name) + 1], `${name}_bn`);
    }
    const state = [...(await stateDict(network)).keys()];
    // Six convolutions in each of seven Inception blocks, and three before them.
    assert.equal(state.filter((name) => name.endsWith('.running_mean')).length, 45);
    assert.deepEqual(
      state.filter((name) => name.endsWith('.bias') && !name.endsWith('_bn.bias')),
      ['fc6.bias'],
    );
    // A scale and an offset for each bias of a convolution: as many more as there were biases.
    const filters = 64 + 64 + 192 + 368 + 640 + 624 + 648 + 664 + 704 + 1024;
    assert.equal(countParameters(network), 3_494_346 + filters);
    assert.equal(countMultiplyAdds(network), countMultiplyAdds(build()));
    network.dispose();
  });

  test('has dropout before fc6', () => {
    const network = build({ dropout: 0.4 });
    assert.deepEqual(children(network).slice(-3), ['flatten', 'dropout', 'fc6']);
    assert.deepEqual(children(build({ dropout: 0 })), children(build()));
    const x = randn([2, 32, 32, 3]);
    assert.deepEqual(network.forward(x).dataSync(), build().forward(x).dataSync());
    assert.notDeepEqual(
      network.train().forward(x).dataSync(),
      network.eval().forward(x).dataSync(),
    );
    network.dispose();
  });

  test('has a fine stem, which keeps the size of the images up to 3b', () => {
    const network = build({ stem: 'fine', auxiliary: true });
    const stages = stageTable(network);
    const shapeOf = (stage: string) => stages.find(({ name }) => name === stage)?.outputShape;
    assert.deepEqual(shapeOf('icp_3b'), [480, 32, 32]);
    assert.deepEqual(shapeOf('icp_4e'), [832, 16, 16]);
    assert.deepEqual(shapeOf('avgpool5'), [832, 1, 1]);
    assert.equal(shapeOf('maxpool1'), undefined);
    // conv1 has windows of 3×3 where it had 7×7, and pools have no weights.
    const lecture = build({ auxiliary: true });
    const fewer = 64 * 3 * (7 * 7 - 3 * 3);
    assert.equal(countParameters(network), countParameters(lecture) - fewer);
    assert.throws(
      () => new GoogLeNet(3, 'imagenet', { stem: 'fine' }),
      /a fine stem is for cifar10; imagenet has the paper's/,
    );
    network.dispose();
    lecture.dispose();
  });

  test('has auxiliary classifiers that training alone sees', async () => {
    const [network, without] = [build({ auxiliary: true }), build()];
    assert.deepEqual(children(network), [...children(without), 'aux1', 'aux2']);
    const x = randn([2, 32, 32, 3]);
    const [logits, ...auxiliary] = network.trainingModel.apply(x) as tf.Tensor2D[];
    // The weights before them are those of the network without them.
    const expected = without.forward(x).dataSync();
    assert.deepEqual(logits?.dataSync(), expected);
    assert.deepEqual(network.forward(x).dataSync(), expected);
    assert.deepEqual((network.model.apply(x) as tf.Tensor).dataSync(), expected);
    assert.deepEqual(
      auxiliary.map(({ shape }) => shape),
      [
        [2, 10],
        [2, 10],
      ],
    );
    assert.equal(without.trainingModel, without.model);
    const [maps] = await activations(network, x.slice([0], [1]).squeeze([0]), ['icp_4a']);
    assert.deepEqual(maps?.shape, [2, 2, 512]);
  });

  test('counts its auxiliary classifiers as parameters, and not in a forward pass', async () => {
    const [network, without] = [build({ auxiliary: true }), build()];
    // By hand: 512 · 128 + 128, 128 · 1024 + 1024, 1024 · 10 + 10; the second has 16 channels more.
    const heads = [65_664 + 132_096 + 10_250, 67_712 + 132_096 + 10_250];
    assert.equal(countParameters(network) - countParameters(without), 208_010 + 210_058);
    assert.deepEqual(
      stageTable(network)
        .filter(({ after }) => after !== undefined)
        .map((head): unknown[] => Object.values(head)),
      [
        ['aux1', [10], heads[0], 512 * 128 + 128 * 1024 + 10_240, 'icp_4a'],
        ['aux2', [10], heads[1], 528 * 128 + 128 * 1024 + 10_240, 'icp_4d'],
      ],
    );
    const names = stageTable(network).map(({ name }) => name);
    assert.equal(names[names.indexOf('icp_4a') + 1], 'aux1');
    assert.equal(names[names.indexOf('icp_4d') + 1], 'aux2');
    assert.deepEqual(
      stageTable(network).filter(({ after }) => after === undefined),
      stageTable(without),
    );
    assert.equal(countMultiplyAdds(network), countMultiplyAdds(without));
    const own = (keys: Iterable<string>) =>
      [...keys].filter((name) => name.startsWith('aux')).sort();
    const weights = ['aux1', 'aux2'].flatMap((head) =>
      ['conv.conv1', 'fc1', 'fc2'].flatMap((layer) =>
        ['bias', 'weight'].map((kind) => `${head}.${layer}.${kind}`),
      ),
    );
    assert.deepEqual(own(namedParameters(network).keys()), weights);
    assert.deepEqual(own((await stateDict(network)).keys()), weights);
    assert.equal(network.parameters().length, namedParameters(network).size);
  });

  test('an auxiliary classifier whose window is larger than the map is refused', () => {
    const given = { inChannels: 8, size: 2, stride: 1, outFeatures: 10 };
    for (const kernelSize of [3, 9]) {
      assert.throws(
        () => new AuxiliaryClassifier({ ...given, kernelSize }),
        new RangeError(
          `AuxiliaryClassifier: kernelSize must be at most size, 2, but is ${kernelSize}.`,
        ),
      );
    }
  });

  test('for 224×224 has the auxiliary classifiers of the paper', () => {
    const network = new GoogLeNet(3, 'imagenet', { auxiliary: true });
    // By hand, 4×4 positions after the pooling: 65,664 + 2048 · 1024 + 1024 + 1024 · 1000 + 1000.
    const [first, second] = stageTable(network).filter(({ after }) => after !== undefined);
    assert.equal(first?.parameters, 65_664 + 2_098_176 + 1_025_000);
    assert.equal(second?.parameters, 67_712 + 2_098_176 + 1_025_000);
    assert.equal(first.multiplyAdds, 16 * 512 * 128 + 2048 * 1024 + 1_024_000);
    network.dispose();
  });

  test('frees the variables of its auxiliary classifiers too', () => {
    const { numTensors } = tf.memory();
    const network = build({ auxiliary: true, batchNorm: true, dropout: 0.4 });
    tf.dispose(
      network.trainingModel.apply(randn([2, 32, 32, 3]), { training: true }) as tf.Tensor[],
    );
    network.dispose();
    assert.ok(tf.memory().numTensors - numTensors <= 1); // the images
  });

  test('is found in a network around it', async () => {
    class Around extends Module {
      readonly inner = build({ auxiliary: true });
      readonly fc = new Linear({ inFeatures: 10, outFeatures: 2 });

      constructor() {
        super({ channels: 3, size: { height: 32, width: 32 } });
      }

      forward(x: tf.Tensor4D): tf.Tensor2D {
        return this.fc.forward(this.inner.forward(x));
      }
    }
    const network = new Around();
    assert.equal(network.trainingModel.outputs.length, 3);
    assert.ok((await stateDict(network)).has('inner.aux2.fc1.weight'));
  });

  test('refuses options that there are not', () => {
    const refuses = (options: object, message: RegExp) => {
      assert.throws(() => build(options), message);
    };
    refuses(
      { batchnorm: true },
      /no argument batchnorm: new GoogLeNet\(inChannels, form, \{ batchN/,
    );
    refuses({ dropout: 40 }, /GoogLeNet: dropout must be a number from 0 to 1, but is 40/);
    refuses(
      { initialization: 'xavier' },
      /initialization must be one of pytorch, he, but is xavier/,
    );
    refuses({ auxiliary: 'yes' }, /auxiliary must be true or false, but is yes/);
    assert.throws(
      () => new Linear({ inFeatures: 10, outFeatures: 2, positions: 4 }),
      /inFeatures must be a multiple of positions, but is 10 for 4/,
    );
  });
});
