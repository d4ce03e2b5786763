import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  ConvBlock,
  activations,
  countMultiplyAdds,
  countParameters,
  describeBlock,
  GoogLeNet,
  Inception,
  InceptionNaive,
  MaxPool2d,
  stageTable,
  toChannelsFirst,
  toChannelsLast,
} from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

const naive = () => new InceptionNaive(192, 64, 128, 32);
const reduced = () => new Inception(192, 64, 96, 128, 16, 32, 32);

describe('what a module costs', () => {
  test("the lecture's blocks have PyTorch's number of parameters", () => {
    assert.equal(countParameters(naive().model), 387_296);
    assert.equal(countParameters(reduced().model), 163_696);
  });

  test("the lecture's blocks multiply each weight once for each of 100×100 pixels", () => {
    // Counted by hand: 192·(64 + 9·128 + 25·32) and 192·(64 + 96 + 16 + 32) + 9·96·128 + 25·16·32.
    assert.equal(countMultiplyAdds(naive().model, [100, 100, 192]), 387_072 * 100 * 100);
    assert.equal(countMultiplyAdds(reduced().model, [100, 100, 192]), 163_328 * 100 * 100);
  });

  test('the network for 224×224 has the output sizes of table 1 of the paper', () => {
    const { model } = new GoogLeNet(3, 'imagenet');
    const stages = stageTable(model);
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
    assert.equal(sum('multiplyAdds'), countMultiplyAdds(model));
    const parameters = new Map(stages.map((stage) => [stage.name, stage.parameters]));
    assert.equal(parameters.get('conv1'), 7 * 7 * 3 * 64 + 64);
    assert.equal(parameters.get('icp_3a'), 163_696);
    assert.equal(parameters.get('maxpool3'), 0);
    assert.equal(parameters.get('fc6'), 1024 * 1000 + 1000);
    model.dispose();
  });

  test('the network for CIFAR-10 costs 29.8 million multiply-adds', () => {
    const { model } = new GoogLeNet(3, 'cifar10');
    assert.equal(countParameters(model), 3_494_346);
    assert.equal((countMultiplyAdds(model) / 1e6).toFixed(1), '29.8');
    assert.deepEqual(
      stageTable(model).find(({ name }) => name === 'maxpool4')?.outputShape,
      [832, 1, 1],
    );
    model.dispose();
  });

  test('counting asks for the image size where the model leaves it open, and checks it', () => {
    const { model } = naive();
    assert.throws(() => countMultiplyAdds(model), /\[\?, \?, 192\]: say for which input shape/);
    assert.throws(() => stageTable(model, [10, 10, 3]), /\[\?, \?, 192\], not \[10, 10, 3\]/);
  });

  test('other layers with weights are refused, not counted as nothing', () => {
    const model = tf.sequential({
      layers: [tf.layers.depthwiseConv2d({ kernelSize: 3, inputShape: [8, 8, 2] })],
    });
    assert.throws(() => countMultiplyAdds(model), /DepthwiseConv2D/);
  });
});

describe('running a module', () => {
  test('branches have the channels of the lecture and join along the last axis', () => {
    const block = new Inception(6, 4, 3, 5, 2, 3, 7);
    const image = randn<tf.Rank.R3>([9, 8, 6]);
    const batch = tf.stack([image, image]) as tf.Tensor4D;
    for (const [x, size] of [
      [image, [9, 8]],
      [batch, [2, 9, 8]],
    ] as const) {
      const { branch1, branch2, branch3, branch4 } = block.branches(x as tf.Tensor);
      const parts = [branch1, branch2, branch3, branch4];
      assert.deepEqual(
        parts.map(({ shape }) => shape),
        [4, 5, 3, 7].map((channels) => [...size, channels]),
      );
      assert.deepEqual(tf.concat(parts, -1).arraySync(), block.forward(x as tf.Tensor).arraySync());
    }
  });

  test('the naive block passes all its channels on through branch 4', () => {
    const { branch4 } = new InceptionNaive(6, 4, 5, 3).branches(randn<tf.Rank.R3>([5, 5, 6]));
    assert.deepEqual(branch4.shape, [5, 5, 6]);
  });

  test('a description names windows and shapes of the branches, channels first', () => {
    const { branches, output } = describeBlock(reduced().model, [100, 100, 192]);
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
    const block = new Inception(6, 4, 3, 5, 2, 3, 7);
    const network = new GoogLeNet(3, 'cifar10');
    const features = randn<tf.Rank.R4>([2, 5, 5, 6]);
    const [image] = tf.unstack(features) as [tf.Tensor3D];
    const photo = randn<tf.Rank.R3>([32, 32, 3]);
    const run = () => {
      tf.dispose(block.forward(features));
      tf.dispose(block.forward(image));
      tf.dispose(Object.values(block.branches(features)));
      tf.dispose(network.forward(photo));
      const { value, grads } = tf.variableGrads(() => block.forward(features).sum());
      tf.dispose([value, grads]);
    };
    run();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 5; i++) run();
    assert.equal(tf.memory().numTensors, numTensors);
    network.model.dispose();
  });

  test('disposing of a model frees its weights, also after its branches ran', () => {
    const { numTensors } = tf.memory();
    const block = new Inception(6, 4, 3, 5, 2, 3, 7);
    tf.tidy(() => {
      block.branches(tf.zeros<tf.Rank.R3>([5, 5, 6]));
    });
    block.model.dispose();
    const left = tf.memory().numTensors - numTensors;
    assert.equal(left, 0, `${left} tensors were left`);
  });

  test('the same seed gives the same network, another seed another', () => {
    const first = (seed: number) => {
      manualSeed(seed);
      return tf
        .tidy(() => new ConvBlock(3, 2, 3).forward(tf.ones<tf.Rank.R3>([3, 3, 3])))
        .arraySync();
    };
    assert.deepEqual(first(80), first(80));
    assert.notDeepEqual(first(80), first(81));
  });
});

describe('a wrong shape is refused with what was expected and what came', () => {
  const block = new Inception(6, 4, 3, 5, 2, 3, 7);
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
      () => new ConvBlock(3, 4, 5, 1).forward(tf.zeros([8, 2, 3])),
      /ConvBlock needs images of at least 3×3, but got \[8, 2, 3\]/,
    );
  });

  test('type', () => {
    assert.throws(() => block.forward(tf.zeros([9, 9, 6], 'int32')), /float32.*got int32/);
  });

  test('arguments that make no layer', () => {
    assert.throws(() => new ConvBlock(3, 0, 3), /conv1: outChannels must be .* at least 1/);
    assert.throws(() => new ConvBlock(3, 4, 2.5), /conv1: kernelSize/);
    assert.throws(() => new ConvBlock(3, 4, 3, -1), /conv1: padding/);
    assert.throws(() => new MaxPool2d(3, 1, 2), /padding must be 0 or/);
    assert.throws(() => new MaxPool2d(3, 0), /stride/);
    assert.throws(() => new Inception(6, 4, 3, 0, 2, 3, 7), /branch2\/1\/conv1: outChannels/);
  });
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
        const image = randn<tf.Rank.R2>([height, width]).sub<tf.Tensor2D>(9);
        const pooled = new MaxPool2d(kernelSize, stride, padding).forward(
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
    const image = randn<tf.Rank.R3>([32, 32, 3]);
    const [conv1, block] = await activations(googLeNet.model, image, ['conv1', 'icp_3a']);
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
    await assert.rejects(
      activations(googLeNet.model, image, ['icp_9z']),
      /no layer or stage icp_9z/,
    );
    await assert.rejects(activations(googLeNet.model, image, ['fc6']), /fc6 returns features/);
    assert.deepEqual(await activations(googLeNet.model, image, []), []);
    googLeNet.model.dispose();
  });
});
