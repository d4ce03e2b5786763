import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Concatenate,
  ConvBlock,
  Flatten,
  Linear,
  Module,
  ReLU,
  Sequential,
  activations,
  countMultiplyAdds,
  countParameters,
  describeBlock,
  GoogLeNet,
  Inception,
  InceptionNaive,
  Layer,
  MaxPool2d,
  size,
  stageTable,
  stateDict,
  toChannelsFirst,
  toChannelsLast,
  type Features,
} from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

const naive = () => new InceptionNaive({ inChannels: 192, ch1x1: 64, ch3x3: 128, ch5x5: 32 });
const reduced = () =>
  new Inception({
    inChannels: 192,
    ch1x1: 64,
    ch3x3red: 96,
    ch3x3: 128,
    ch5x5red: 16,
    ch5x5: 32,
    poolProj: 32,
  });

describe('what a module costs', () => {
  test("the lecture's blocks have PyTorch's number of parameters", () => {
    assert.equal(countParameters(naive()), 387_296);
    assert.equal(countParameters(reduced()), 163_696);
  });

  test("the lecture's blocks multiply each weight once for each of 100×100 pixels", () => {
    // Counted by hand: 192·(64 + 9·128 + 25·32) and 192·(64 + 96 + 16 + 32) + 9·96·128 + 25·16·32.
    assert.equal(countMultiplyAdds(naive(), [100, 100, 192]), 387_072 * 100 * 100);
    assert.equal(countMultiplyAdds(reduced(), [100, 100, 192]), 163_328 * 100 * 100);
  });

  test('the network for 224×224 has the output sizes of table 1 of the paper', () => {
    const googLeNet = new GoogLeNet(3, 'imagenet');
    const stages = stageTable(googLeNet);
    assert.deepEqual(
      stages.map(({ name, outputShape }) => `${name} ${outputShape.join('×')}`),
      [
        'conv1 64×112×112',
        'maxpool1 64×56×56',
        'conv2_red 64×56×56',
        'conv2 192×56×56',
        'maxpool2 192×28×28',
        'icp_3a 256×28×28',
        'icp_3b 480×28×28',
        'maxpool3 480×14×14',
        'icp_4a 512×14×14',
        'icp_4b 512×14×14',
        'icp_4c 512×14×14',
        'icp_4d 528×14×14',
        'icp_4e 832×14×14',
        'maxpool4 832×7×7',
        'icp_5a 832×7×7',
        'icp_5b 1024×7×7',
        'avgpool5 1024×1×1',
        'flatten 1024',
        'fc6 1000',
      ],
    );
    const sum = (key: 'parameters' | 'multiplyAdds') =>
      stages.reduce((total, stage) => total + stage[key], 0);
    assert.equal(sum('parameters'), 6_998_552);
    assert.equal(sum('multiplyAdds'), countMultiplyAdds(googLeNet));
    const parameters = new Map(stages.map((stage) => [stage.name, stage.parameters]));
    assert.equal(parameters.get('conv1'), 7 * 7 * 3 * 64 + 64);
    assert.equal(parameters.get('icp_3a'), 163_696);
    assert.equal(parameters.get('maxpool3'), 0);
    assert.equal(parameters.get('fc6'), 1024 * 1000 + 1000);
    googLeNet.dispose();
  });

  test('the network for CIFAR-10 costs 29.8 million multiply-adds', () => {
    const googLeNet = new GoogLeNet(3, 'cifar10');
    assert.equal(countParameters(googLeNet), 3_494_346);
    assert.equal((countMultiplyAdds(googLeNet) / 1e6).toFixed(1), '29.8');
    assert.deepEqual(
      stageTable(googLeNet).find(({ name }) => name === 'maxpool4')?.outputShape,
      [832, 1, 1],
    );
    googLeNet.dispose();
  });

  test('counting asks for the image size where the model leaves it open, and checks it', () => {
    const block = naive();
    assert.throws(() => countMultiplyAdds(block), /\[\?, \?, 192\]: say for which input shape/);
    assert.throws(() => stageTable(block, [10, 10, 3]), /\[\?, \?, 192\], not \[10, 10, 3\]/);
  });

  test('other layers with weights are refused, not counted as nothing', () => {
    const layer = tf.layers.depthwiseConv2d({ kernelSize: 3 });
    const network = new Layer({ '': layer }, { channels: 2, size: { height: 8, width: 8 } });
    assert.throws(() => countMultiplyAdds(network), /DepthwiseConv2D/);
  });
});

describe('running a module', () => {
  test('branches have the channels of the lecture and join along the last axis', () => {
    const block = new Inception({
      inChannels: 6,
      ch1x1: 4,
      ch3x3red: 3,
      ch3x3: 5,
      ch5x5red: 2,
      ch5x5: 3,
      poolProj: 7,
    });
    const image = randn([9, 8, 6]);
    const batch = tf.stack([image, image]) as tf.Tensor4D;
    for (const [x, size] of [
      [image, [9, 8]],
      [batch, [2, 9, 8]],
    ] as const) {
      const { branch1, branch2, branch3, branch4 } = block;
      const parts = [branch1, branch2, branch3, branch4].map((branch) =>
        branch.forward(x as tf.Tensor),
      );
      assert.deepEqual(
        parts.map(({ shape }) => shape),
        [4, 5, 3, 7].map((channels) => [...size, channels]),
      );
      assert.deepEqual(tf.concat(parts, -1).arraySync(), block.forward(x as tf.Tensor).arraySync());
    }
  });

  test('the naive block passes all its channels on through branch 4', () => {
    const { branch4 } = new InceptionNaive({
      inChannels: 6,
      ch1x1: 4,
      ch3x3: 5,
      ch5x5: 3,
    });
    assert.deepEqual(branch4.forward(randn([5, 5, 6])).shape, [5, 5, 6]);
  });

  test('a description names windows and shapes of the branches, channels first', () => {
    const { branches, output } = describeBlock(reduced(), [100, 100, 192]);
    assert.deepEqual(
      branches.map(({ layers }) => layers.map(({ name, kind }) => `${name} (${kind})`)),
      [
        ['1×1 convolution (convolution)'],
        ['1×1 convolution (reduction)', '3×3 convolution (convolution)'],
        ['1×1 convolution (reduction)', '5×5 convolution (convolution)'],
        ['3×3 max pooling (pooling)', '1×1 convolution (reduction)'],
      ],
    );
    assert.deepEqual(output.shape, [256, 100, 100]);
    // Weights and biases by hand, such as 192·96 + 96 + 96·128·9 + 128 of branch 2.
    assert.deepEqual(
      branches.map(({ parameters }) => parameters),
      [12_352, 129_248, 15_920, 6_176],
    );
    assert.deepEqual(
      branches.map(({ layers }) =>
        layers.map(({ inChannels, kernel, padding, stride }) => [
          inChannels,
          kernel,
          padding,
          stride,
        ]),
      ),
      [
        [[192, 1, 0, 1]],
        [
          [192, 1, 0, 1],
          [96, 3, 1, 1],
        ],
        [
          [192, 1, 0, 1],
          [16, 5, 2, 1],
        ],
        [
          [192, 3, 1, 1],
          [192, 1, 0, 1],
        ],
      ],
    );
  });

  test('forward, branches and a gradient leave no tensors behind', () => {
    const block = new Inception({
      inChannels: 6,
      ch1x1: 4,
      ch3x3red: 3,
      ch3x3: 5,
      ch5x5red: 2,
      ch5x5: 3,
      poolProj: 7,
    });
    const network = new GoogLeNet(3, 'cifar10');
    const features = randn([2, 5, 5, 6]);
    const [image] = tf.unstack(features) as [tf.Tensor3D];
    const photo = randn([32, 32, 3]);
    const run = () => {
      tf.dispose(block.forward(features));
      tf.dispose(block.forward(image));
      tf.dispose(block.branch2.forward(features));
      tf.dispose(network.forward(photo));
      const { value, grads } = tf.variableGrads(() => block.forward(features).sum());
      tf.dispose([value, grads]);
    };
    run();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 5; i++) run();
    assert.equal(tf.memory().numTensors, numTensors);
    network.dispose();
  });

  test('disposing of a model frees its weights, also after it and its branches ran', () => {
    const { numTensors } = tf.memory();
    const block = new Inception({
      inChannels: 6,
      ch1x1: 4,
      ch3x3red: 3,
      ch3x3: 5,
      ch5x5red: 2,
      ch5x5: 3,
      poolProj: 7,
    });
    tf.tidy(() => {
      block.branch1.forward(tf.zeros<tf.Rank.R3>([5, 5, 6]));
      block.forward(tf.zeros<tf.Rank.R3>([5, 5, 6]));
    });
    block.model.dispose();
    const left = tf.memory().numTensors - numTensors;
    assert.equal(left, 0, `${left} tensors were left`);
  });

  test('the same seed gives the same network, another seed another', () => {
    const first = (seed: number) => {
      manualSeed(seed);
      return tf
        .tidy(() =>
          new ConvBlock({ inChannels: 3, outChannels: 2, kernelSize: 3 }).forward(
            tf.ones<tf.Rank.R3>([3, 3, 3]),
          ),
        )
        .arraySync();
    };
    assert.deepEqual(first(80), first(80));
    assert.notDeepEqual(first(80), first(81));
  });
});

describe('a wrong shape is refused with what was expected and what came', () => {
  const block = new Inception({
    inChannels: 6,
    ch1x1: 4,
    ch3x3red: 3,
    ch3x3: 5,
    ch5x5red: 2,
    ch5x5: 3,
    poolProj: 7,
  });
  const network = new GoogLeNet(3, 'cifar10');

  test('rank', () => {
    assert.throws(
      () => block.forward(tf.zeros<tf.Rank>([6, 5])),
      /Inception expects an image \[height, width, 6\].*but got \[6, 5\]/,
    );
  });

  test('channels', () => {
    assert.throws(
      () => block.forward(tf.zeros<tf.Rank.R4>([2, 9, 9, 5])),
      /Inception expects .*\[batch, height, width, 6\].*but got \[2, 9, 9, 5\], which has 5 channels/,
    );
    assert.throws(() => network.forward(tf.zeros([32, 32, 1])), /GoogLeNet expects .*32, 32, 3/);
  });

  test('channels first', () => {
    assert.throws(() => block.forward(tf.zeros<tf.Rank.R4>([2, 6, 9, 9])), /toChannelsLast/);
  });

  test('image size, with the layer that needs it', () => {
    assert.throws(
      () => network.forward(tf.zeros<tf.Rank.R4>([4, 64, 64, 3])),
      /\[batch, 32, 32, 3\].*but got \[4, 64, 64, 3\]: fc6 takes 832 features/,
    );
  });

  test('an image smaller than the kernel', () => {
    assert.throws(
      () =>
        new ConvBlock({ inChannels: 3, outChannels: 4, kernelSize: 5, padding: 1 }).forward(
          tf.zeros([8, 2, 3]),
        ),
      /ConvBlock needs images of at least 3×3, but got \[8, 2, 3\]/,
    );
  });

  test('type', () => {
    assert.throws(() => block.forward(tf.zeros([9, 9, 6], 'int32')), /float32.*got int32/);
  });

  test('arguments that make no layer', () => {
    assert.throws(
      () => new ConvBlock({ inChannels: 3, outChannels: 0, kernelSize: 3 }),
      /ConvBlock: outChannels must be .* at least 1/,
    );
    assert.throws(
      () => new ConvBlock({ inChannels: 3, outChannels: 4, kernelSize: 2.5 }),
      /ConvBlock: kernelSize/,
    );
    assert.throws(
      () => new ConvBlock({ inChannels: 3, outChannels: 4, kernelSize: 3, padding: -1 }),
      /ConvBlock: padding/,
    );
    assert.throws(
      () => new MaxPool2d({ kernelSize: 3, stride: 1, padding: 2 }),
      /padding must be 0 or/,
    );
    assert.throws(() => new MaxPool2d({ kernelSize: 3, stride: 0 }), /stride/);
    assert.throws(
      () =>
        new Inception({
          inChannels: 6,
          ch1x1: 4,
          ch3x3red: 3,
          ch3x3: 0,
          ch5x5red: 2,
          ch5x5: 3,
          poolProj: 7,
        }),
      /Inception: ch3x3 must be .* but is 0/,
    );
  });
});

describe('named arguments', () => {
  // What a cell may hold that TypeScript objects to.
  const refuses = (make: (Class: new (given: unknown) => unknown) => unknown, Class: unknown) =>
    make.bind(undefined, Class as new (given: unknown) => unknown);

  test('that nobody asked for are refused with those that there are', () => {
    assert.throws(
      refuses(
        (Block) => new Block({ in_channels: 3, inChannels: 3, outChannels: 4, kernelSize: 3 }),
        ConvBlock,
      ),
      {
        name: 'TypeError',
        message:
          'ConvBlock: there is no argument in_channels: new ConvBlock({ inChannels, outChannels, kernelSize, padding, stride, batchNorm }).',
      },
    );
    assert.throws(
      refuses((Pool) => new Pool({ kernelSize: 3, dilation: 2 }), MaxPool2d),
      /MaxPool2d: there is no argument dilation/,
    );
  });

  test('that are missing are named', () => {
    assert.throws(
      refuses((Block) => new Block({ inChannels: 6, ch1x1: 4 }), InceptionNaive),
      {
        name: 'TypeError',
        message:
          'InceptionNaive: ch3x3 is missing: new InceptionNaive({ inChannels, ch1x1, ch3x3, ch5x5 }).',
      },
    );
    assert.throws(
      refuses((Layer) => new Layer({ inFeatures: 6 }), Linear),
      /outFeatures is missing/,
    );
    assert.throws(
      refuses(
        (Block) => new Block({ inChannels: undefined, outChannels: 4, kernelSize: 1 }),
        ConvBlock,
      ),
      /inChannels must be a whole number of at least 1, but is undefined/,
    );
  });

  test('cannot be given by their place', () => {
    assert.throws(
      refuses((Block) => new Block(3), ConvBlock),
      /the arguments have names: new ConvBlock/,
    );
    for (const given of [undefined, null, [192, 64], '192', 192n, true]) {
      assert.throws(
        refuses((Block) => new Block(given), Inception),
        /^TypeError: Inception: the arguments have names: new Inception\(\{ inChannels, /,
      );
    }
  });

  test('of a form that there is not, GoogLeNet refuses', () => {
    assert.throws(() => new GoogLeNet(3, 'cifar' as 'cifar10'), /no form cifar: imagenet, cifar10/);
  });
});

/** What a student writes: two branches, one of them a chain, and a head. */
class OwnBlock extends Module {
  readonly left = new ConvBlock({ inChannels: 3, outChannels: 2, kernelSize: 3, padding: 1 });
  readonly right = new Sequential(
    new MaxPool2d({ kernelSize: 3, stride: 1, padding: 1 }),
    new ConvBlock({ inChannels: 3, outChannels: 4, kernelSize: 1 }),
  );
  readonly concat = new Concatenate();

  override forward<T extends Features>(x: T): T {
    return this.concat.forward([this.left.forward(x), this.right.forward(x)]);
  }
}

class OwnNetwork extends Module {
  readonly block = new OwnBlock();
  readonly flatten = new Flatten();
  readonly fc = new Linear({ inFeatures: 4 * 5 * 6, outFeatures: 7 });

  constructor() {
    super({ channels: 3, size: { height: 4, width: 5 } });
  }

  override forward(x: tf.Tensor3D): tf.Tensor1D;
  override forward(x: tf.Tensor4D): tf.Tensor2D;
  override forward(x: Features): Features;
  override forward(x: Features): Features {
    return this.fc.forward(this.flatten.forward(this.block.forward(x)));
  }
}

describe('modules of one’s own', () => {
  test('run as their children run one after the other, and as their model runs', () => {
    const network = new OwnNetwork();
    const images = randn([2, 4, 5, 3]);
    const { block, fc } = network;
    const [first] = tf.unstack(images) as [tf.Tensor3D];
    const left = tf.relu(
      tf
        .conv2d(images, block.left.conv1.parameters()[0] as tf.Tensor4D, 1, 'same')
        .add(block.left.conv1.parameters()[1] as tf.Tensor1D),
    );
    const right = block.right.forward(images);
    const joined = tf.concat([left, right], -1);
    const [kernel, bias] = fc.parameters() as [tf.Variable, tf.Variable];
    const expected = tf.matMul(joined.reshape([2, 120]), kernel as tf.Tensor2D).add(bias);
    const logits = network.forward(images);
    assert.deepEqual(logits.arraySync(), expected.arraySync());
    assert.deepEqual((network.model.predict(images) as tf.Tensor).arraySync(), logits.arraySync());
    assertWithin(
      largestDifference(network.forward(first).dataSync(), logits.slice([0, 0], [1, 7]).dataSync()),
      1e-5,
      'one image and a batch with it',
    );
  });

  test('have PyTorch’s names, also of children that ran alone before', async () => {
    const names = [
      'block.left.conv1.weight',
      'block.left.conv1.bias',
      'block.right.1.conv1.weight',
      'block.right.1.conv1.bias',
      'fc.weight',
      'fc.bias',
    ];
    const network = new OwnNetwork();
    const x = randn([4, 5, 3]);
    const alone = network.block.right.forward(x).arraySync();
    assert.deepEqual(
      [...(await stateDict(network.block.right)).keys()],
      ['1.conv1.weight', '1.conv1.bias'],
    );
    assert.deepEqual([...(await stateDict(network)).keys()].sort(), [...names].sort());
    assert.deepEqual([...(await stateDict(network.block.right)).keys()], names.slice(2, 4));
    assert.deepEqual(network.block.right.forward(x).arraySync(), alone);
    assert.deepEqual(
      network.model.layers
        .map(({ name }) => name)
        .slice(1)
        .sort(),
      [
        'block/concat',
        'block/left/conv1',
        'block/left/conv1_act',
        'block/right/0',
        'block/right/1/conv1',
        'block/right/1/conv1_act',
        'fc',
        'flatten',
      ],
    );
  });

  test('take a new child in the place of another', async () => {
    const network = new OwnNetwork();
    const images = randn([2, 4, 5, 3]);
    network.forward(images);
    assert.deepEqual(
      network.model.outputs.map(({ shape }) => shape),
      [[null, 7]],
    );
    Object.assign(network, { fc: new Linear({ inFeatures: 120, outFeatures: 3 }) });
    assert.deepEqual(network.forward(images).shape, [2, 3]);
    assert.deepEqual(
      network.model.outputs.map(({ shape }) => shape),
      [[null, 3]],
    );
    assert.deepEqual((await stateDict(network)).get('fc.weight')?.shape, [3, 120]);
  });

  test('draw their weights when they are made, in the order of their making', async () => {
    const make = () => {
      manualSeed(80);
      return {
        second: new ReLU(),
        fc: new Linear({ inFeatures: 3, outFeatures: 2 }),
        conv: new ConvBlock({ inChannels: 1, outChannels: 1, kernelSize: 1 }),
      };
    };
    const [used, unused] = [make(), make()];
    used.conv.forward(tf.zeros([2, 2, 1]));
    for (const name of ['fc', 'conv'] as const) {
      assert.deepEqual([...(await stateDict(used[name]))], [...(await stateDict(unused[name]))]);
    }
  });

  test('cost what their layers cost, and their stages are their children', () => {
    const network = new OwnNetwork();
    // By hand, for 4×5 pixels: 3·9·2 and 3·4 multiply-adds at each, and 120·7.
    assert.equal(countMultiplyAdds(network), 20 * (54 + 12) + 840);
    assert.equal(countParameters(network), 54 + 2 + 12 + 4 + 840 + 7);
    assert.deepEqual(
      stageTable(network).map(({ name, outputShape }) => [name, outputShape]),
      [
        ['block', [6, 4, 5]],
        ['flatten', [120]],
        ['fc', [7]],
      ],
    );
  });

  test('name the child that an input does not fit', () => {
    assert.throws(
      () => new OwnBlock().forward(tf.zeros<tf.Rank.R4>([1, 4, 4, 2])),
      /left expects an image \[height, width, 3\].*but got \[1, 4, 4, 2\], which has 2 channels/,
    );
  });

  test('that flatten have to know the size of their images', () => {
    const network = new Sequential(
      new ConvBlock({ inChannels: 3, outChannels: 4, kernelSize: 1 }),
      new Flatten(),
    );
    assert.throws(() => network.model, /1 needs to know the size of the images/);
  });
});

test('a size is written as the lecture writes it', () => {
  assert.equal(size(tf.zeros([100, 100, 416])), '(416, 100, 100)');
  assert.equal(size(tf.zeros([32, 100, 100, 416])), '(32, 416, 100, 100)');
  assert.equal(size(tf.zeros([32, 1000])), '(32, 1000)');
});

/** Max pooling of one channel, as PyTorch's documentation defines it. */
function maxPoolByHand(
  image: number[][],
  kernelSize: number,
  stride: number,
  padding: number,
): number[][] {
  const outSize = (size: number) => Math.floor((size + 2 * padding - kernelSize) / stride) + 1;
  const positions = (size: number) =>
    [...Array(outSize(size)).keys()].map((i) => i * stride - padding);
  return positions(image.length).map((top) =>
    positions((image[0] as number[]).length).map((left) => {
      const window = image
        .slice(Math.max(0, top), top + kernelSize)
        .flatMap((row) => row.slice(Math.max(0, left), left + kernelSize));
      return Math.max(...window);
    }),
  );
}

test('max pooling is the maximum of each window, whatever kernel, stride, padding and size', () => {
  const cases = fc.record({
    half: fc.integer({ min: 0, max: 2 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padded: fc.boolean(),
    height: fc.integer({ min: 5, max: 12 }),
    width: fc.integer({ min: 5, max: 12 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ half, stride, padded, height, width, seed }) => {
      const kernelSize = 2 * half + 1;
      const padding = padded ? half : 0;
      manualSeed(seed);
      tf.tidy(() => {
        // Below zero, where zeros in the padding would win.
        const image = randn([height, width]).sub<tf.Tensor2D>(9);
        const pooled = new MaxPool2d({ kernelSize, stride, padding }).forward(
          image.expandDims<tf.Tensor3D>(-1),
        );
        assert.deepEqual(
          pooled.squeeze([-1]).arraySync(),
          maxPoolByHand(image.arraySync(), kernelSize, stride, padding),
        );
      });
    }),
    { numRuns: 60 },
  );
});

test('moving the channels to the end and back changes nothing', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 4 });
  fc.assert(
    fc.property(shapes, (shape) => {
      tf.tidy(() => {
        const x = randn(shape);
        const last = toChannelsLast(x);
        assert.equal(last.shape.at(-1), shape.at(-3));
        assert.deepEqual(toChannelsFirst(last).arraySync(), x.arraySync());
      });
    }),
  );
  const [[red], [green]] = [[1], [2]] as const;
  const image = tf.tensor3d([[[red, red]], [[green, green]]]);
  assert.deepEqual(toChannelsLast(image).arraySync(), [
    [
      [1, 2],
      [1, 2],
    ],
  ]);
  assert.throws(() => toChannelsLast(tf.zeros<tf.Rank>([2, 3])), /got \[2, 3\]/);
});

describe('activations', () => {
  test('are what the layers return, a stage what its last layer returns', async () => {
    const googLeNet = new GoogLeNet(3, 'cifar10');
    const image = randn([32, 32, 3]);
    const [conv1, block] = await activations(googLeNet, image, ['conv1', 'icp_3a']);
    assert.deepEqual(
      [conv1?.shape, block?.shape],
      [
        [16, 16, 64],
        [4, 4, 256],
      ],
    );
    // By hand, for output pixel (0, 0) of filter 5: the window begins 3 pixels outside.
    const [kernel, bias] = googLeNet.model.getLayer('conv1').getWeights() as [
      tf.Tensor4D,
      tf.Tensor1D,
    ];
    const window = tf.slice(image, [0, 0, 0], [4, 4, 3]);
    const weights = tf.slice(kernel, [3, 3, 0, 5], [4, 4, 3, 1]).reshape([4, 4, 3]);
    const expected = tf.sum(tf.mul(window, weights)).add(tf.slice(bias, 5, 1));
    assertWithin(
      largestDifference([conv1?.values[5] ?? NaN], expected.dataSync()),
      1e-5,
      'a pixel of conv1 by hand',
    );
    const least = Math.min(...(block?.values ?? []));
    assert.equal(least, 0); // Every branch ends in ReLU.
    await assert.rejects(activations(googLeNet, image, ['icp_9z']), /no layer or stage icp_9z/);
    await assert.rejects(activations(googLeNet, image, ['fc6']), /fc6 returns features/);
    await assert.rejects(activations(googLeNet, image, ['icp_3a.branch5']), /icp_3a\.branch5/);
    assert.deepEqual(await activations(googLeNet, image, []), []);
    googLeNet.dispose();
  });

  test('of the branches of a block, side by side, are those of the block', async () => {
    const googLeNet = new GoogLeNet(3, 'cifar10');
    const names = [1, 2, 3, 4].map((branch) => `icp_3a.branch${branch}`);
    const [block, ...branches] = await activations(googLeNet, randn([32, 32, 3]), [
      'icp_3a',
      ...names,
    ]);
    // The columns of the paper's table 1.
    assert.deepEqual(
      branches.map(({ shape }) => shape),
      [64, 128, 32, 32].map((channels) => [4, 4, channels]),
    );
    const maps = branches.map(({ values, shape }) => tf.tensor3d(values, shape));
    assert.deepEqual(tf.concat(maps, 2).dataSync(), block?.values);
    googLeNet.dispose();
  });
});
