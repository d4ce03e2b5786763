import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from 'googlenet/graph';
import { adam, BatchNorm2d, Conv2d, crossEntropyLoss, GoogLeNet, stateDict } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';
import { noBfloat16 } from '../bounds/noBfloat16';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import {
  denseNet,
  labels,
  numbers,
  optimizers,
  residualNet,
  scalar,
  tensor,
  trainingStep,
  variablesOf,
} from './models';

for (const [name, makeOptimizer] of Object.entries(optimizers)) {
  test(`50 steps of ${name} on a dense network have the eager losses`, async () => {
    const x = tensor([16, 20]);
    const y = labels(16, 5);
    const eager = trainingStep(denseNet(), makeOptimizer());
    const compiled = compile(trainingStep(denseNet(), makeOptimizer()));
    const expected: number[] = [];
    const actual: number[] = [];
    for (let i = 0; i < 50; i++) {
      expected.push(scalar(eager(x, y)));
      actual.push(scalar(await compiled(x, y)));
    }
    assert.ok((expected.at(-1) ?? NaN) < (expected[0] ?? NaN), 'the network learns');
    assertWithin(
      largestRelativeDifference(actual.slice(0, 10), expected.slice(0, 10)),
      1e-5,
      `10 losses of ${name}`,
    );
    assertWithin(largestRelativeDifference(actual, expected), 1e-3, `50 losses of ${name}`);
    compiled.dispose();
  });
}

test('a residual network with batch normalisation trains as it does eagerly', async () => {
  const [a, b] = [residualNet(), residualNet()];
  const x = tensor([8, 8, 8, 3]);
  const y = labels(8, 5);
  const eager = trainingStep(a, tf.train.momentum(0.01, 0.9));
  const compiled = compile(trainingStep(b, tf.train.momentum(0.01, 0.9)));
  const expected: number[] = [];
  const actual: number[] = [];
  for (let i = 0; i < 10; i++) {
    expected.push(scalar(eager(x, y)));
    actual.push(scalar(await compiled(x, y)));
  }
  assertWithin(largestRelativeDifference(actual, expected), 1e-5, 'losses of a residual network');
  // The moving averages are updated by the step too: inference sees them.
  const [p, q] = [a, b].map((model) => (model.predict(x) as tf.Tensor).dataSync<'float32'>());
  assertWithin(largestDifference(p ?? [], q ?? []), 1e-4, 'moving averages at inference');
  compiled.dispose();
});

test('gradients clipped by their global norm, applied by hand', async () => {
  const step = (model: tf.LayersModel, optimizer: tf.Optimizer) => (x: tf.Tensor, y: tf.Tensor) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () =>
          tf.losses
            .softmaxCrossEntropy(tf.oneHot(y as tf.Tensor1D, 5), model.apply(x) as tf.Tensor)
            .asScalar(),
        variablesOf(model),
      );
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((grad) => tf.sum(tf.square(grad)))));
      const factor = tf.minimum(1, tf.div(0.1, norm));
      const clipped = Object.entries(grads).map(([name, grad]) => [name, tf.mul(grad, factor)]);
      optimizer.applyGradients(Object.fromEntries(clipped) as tf.NamedTensorMap);
      return [value, norm];
    });
  const x = tensor([16, 20]);
  const y = labels(16, 5);
  const eager = step(denseNet(), tf.train.sgd(0.5));
  const compiled = compile(step(denseNet(), tf.train.sgd(0.5)));
  for (let i = 0; i < 5; i++) {
    const expected = eager(x, y).map(scalar);
    const actual = (await compiled(x, y)).map(scalar);
    assertWithin(
      largestRelativeDifference(actual, expected),
      1e-5,
      'losses with clipped gradients',
    );
  }
  compiled.dispose();
});

test("the lecture's network at its learning rate: losses of 10 steps", async () => {
  const [a, b] = [new GoogLeNet(3, 'cifar10').model, new GoogLeNet(3, 'cifar10').model];
  b.setWeights(a.getWeights());
  const step = (model: tf.LayersModel) => {
    const optimizer = adam(1e-4);
    return (x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
      optimizer.minimize(
        () => crossEntropyLoss(model.apply(x) as tf.Tensor2D, y as tf.Tensor1D),
        true,
        variablesOf(model),
      ) as tf.Scalar;
  };
  const x = tf.tensor(numbers(16 * 3072), [16, 32, 32, 3]).add(0.5);
  const y = labels(16, 10);
  const eager = step(a);
  const compiled = compile(step(b));
  const expected: number[] = [];
  const actual: number[] = [];
  for (let i = 0; i < 10; i++) {
    expected.push(scalar(eager(x, y)));
    actual.push(scalar(await compiled(x, y)));
  }
  assertWithin(
    largestRelativeDifference(actual, expected),
    1e-5,
    "10 losses of the lecture's network",
  );
  compiled.dispose();
});

test(
  'bfloat16 products: losses close to float32, weights stay float32',
  { skip: noBfloat16 },
  async () => {
    const x = tensor([8, 8, 8, 3]);
    const y = labels(8, 5);
    const model = residualNet();
    const eager = trainingStep(residualNet(), tf.train.sgd(0.05));
    const compiled = compile(trainingStep(model, tf.train.sgd(0.05)), { precision: 'bfloat16' });
    const differences: number[] = [];
    for (let i = 0; i < 10; i++) {
      const expected = scalar(eager(x, y));
      const actual = scalar(await compiled(x, y));
      differences.push(Math.abs(expected - actual) / expected);
    }
    const largest = Math.max(...differences);
    // As a graph in float32 the losses differ by less than 1e-6.
    assertWithin(largest, 0.03, 'losses in bfloat16');
    assert.ok(largest > 1e-5, `${largest}`);
    // bfloat16 has 8 significant bits: a weight held in it would have the other 16 zero.
    const exact = variablesOf(model).some((variable) =>
      new Uint32Array(variable.dataSync<'float32'>().slice().buffer).some(
        (bits) => (bits & 0xffff) !== 0,
      ),
    );
    assert.ok(exact);
    compiled.dispose();
  },
);

test(
  "bfloat16 products: a bias's gradient is summed in float32, over however many pixels",
  { skip: noBfloat16 },
  async () => {
    const x = tensor([512, 4, 4, 3]);
    const bias = tf.variable(tf.zeros([4]));
    const kernels = [
      tf.variable(tensor([3, 3, 3, 4], 2)),
      tf.variable(tf.fill([3, 3, 4, 5], 0.25)),
    ];
    const gradient = (): tf.Tensor => {
      const [first, second] = kernels as [tf.Variable<tf.Rank.R4>, tf.Variable<tf.Rank.R4>];
      const { grads } = tf.variableGrads(() => {
        const hidden = tf.conv2d(x as tf.Tensor4D, first, 1, 'same').add<tf.Tensor4D>(bias);
        return tf
          .conv2d(hidden, second, 1, 'same')
          .mul(1 / 128)
          .sum()
          .asScalar();
      });
      return (grads[bias.name] as tf.Tensor).clone();
    };
    const compiled = compile(gradient, { precision: 'bfloat16' });
    const actual = (await compiled()).dataSync();
    // 512 images, 16 pixels, 5 filters: of the 9 taps of 1/4 those that meet a pixel, 100 of 144;
    // a quarter and 1/128 are bfloat16 numbers.
    const expected = 512 * 16 * 5 * 0.25 * 9 * (100 / 144) * (1 / 128);
    assertWithin(
      largestRelativeDifference(actual, new Array<number>(actual.length).fill(expected)),
      0.01,
      "a bias's gradient in bfloat16",
    );
    compiled.dispose();
  },
);

/** SGD has a method for it; the others keep a plain property. */
function setLearningRate(optimizer: tf.Optimizer, rate: number): void {
  const members = optimizer as unknown as {
    learningRate: number;
    setLearningRate?: (rate: number) => void;
  };
  if (members.setLearningRate === undefined) members.learningRate = rate;
  else members.setLearningRate(rate);
}

test('a learning-rate schedule is followed without recording again', async () => {
  for (const make of [() => tf.train.sgd(0.1), () => tf.train.adam(0.1)]) {
    const [weight, other] = [tf.variable(tensor([4])), tf.variable(tensor([4]))];
    const [eagerOptimizer, optimizer] = [make(), make()];
    let recordings = 0;
    const eager = () => eagerOptimizer.minimize(() => weight.square().sum(), true, [weight]);
    const compiled = compile(() => {
      recordings++;
      return optimizer.minimize(() => other.square().sum(), true, [other]);
    });
    let recordedOnce = 0;
    for (const rate of [0.1, 0.05, 0.01, 0.2]) {
      for (const each of [eagerOptimizer, optimizer]) setLearningRate(each, rate);
      eager();
      await compiled();
      if (recordedOnce === 0) recordedOnce = recordings;
      assert.equal(recordings, recordedOnce);
      const [expected, actual] = [weight.dataSync(), other.dataSync()];
      assertWithin(largestDifference(actual, expected), 1e-5, 'weights under a schedule');
    }
    compiled.dispose();
  }
});

test(
  'bfloat16: a batch normalisation takes and gives bfloat16, its statistics are summed in float32',
  { skip: noBfloat16 },
  async () => {
    const [convolution, normalization] = [
      new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 1, bias: false }),
      new BatchNorm2d({ numFeatures: 2, eps: 0, momentum: 1 }),
    ];
    const kernel = convolution.parameters()[0] as tf.Variable;
    kernel.assign(tf.eye(2).reshape([1, 1, 2, 2]));
    // Zeros and twos: a mean of 1, and a variance of 1, of 512 images of 16 pixels.
    const x = tf
      .range(0, 512 * 16, 1)
      .mod(2)
      .mul(2)
      .reshape([512, 4, 4, 1])
      .tile([1, 1, 1, 2]);
    const variables = [kernel, ...normalization.parameters()];
    normalization.train();
    const compiled = compile(
      (features: tf.Tensor) => {
        let output: tf.Tensor | undefined;
        const { grads } = tf.variableGrads(() => {
          output = tf.keep(normalization.forward(convolution.forward(features)));
          return output.mul(1 / 128).sum();
        }, variables);
        return [output, ...normalization.parameters().map(({ name }) => grads[name])];
      },
      { precision: 'bfloat16' },
    );
    const text = compiled.program(x);
    assert.match(text, /= FusedBatchNormV2\(.*bfloat16\[512,4,4,2\]/);
    assert.match(text, /= FusedBatchNormGradV2\(.*bfloat16\[512,4,4,2\]/);
    const [output, weight, bias] = await compiled(x);
    const state = await stateDict(normalization);
    const found = (name: string) => state.get(`batchnorm2d.${name}`)?.data as Float32Array;
    const count = 512 * 16;
    for (const [what, actual, expected] of [
      ['output', output?.dataSync() ?? [], x.sub(1).dataSync()],
      ['gradient of the scale', weight?.dataSync() ?? [], [0, 0]],
      ['gradient of the offset', bias?.dataSync() ?? [], [count / 128, count / 128]],
      ['running mean', found('running_mean'), [1, 1]],
      ['running variance', found('running_var'), [count / (count - 1), count / (count - 1)]],
    ] as const) {
      assertWithin(largestDifference(actual, expected), 1e-3, `${what} in bfloat16`);
    }
    compiled.dispose();
  },
);
