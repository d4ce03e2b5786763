import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adam, crossEntropyLoss, Inception } from 'googlenet/nn';
import { randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

const int32 = (values: number[]) => tf.tensor1d(values, 'int32');

describe('cross-entropy', () => {
  test('equal logits cost log(classes)', () => {
    const loss = crossEntropyLoss(tf.zeros([4, 10]), int32([0, 3, 9, 9])).arraySync();
    assertWithin(Math.abs(loss - Math.log(10)), 1e-5, 'cross-entropy of equal logits');
  });

  test('labels may be made inside the function that is differentiated', () => {
    const logits = tf.variable(tf.zeros<tf.Rank.R2>([1, 2]));
    const { grads } = tf.variableGrads(() => crossEntropyLoss(logits, int32([1])), [logits]);
    assert.deepEqual(grads[logits.name]?.arraySync(), [[0.5, -0.5]]);
  });

  test('its gradient takes the factor of what follows it', () => {
    const gradient = tf.grad((x) => crossEntropyLoss(x as tf.Tensor2D, int32([1])).mul(6))(
      tf.zeros<tf.Rank.R2>([1, 2]),
    );
    assert.deepEqual(gradient.arraySync(), [[3, -3]]);
  });

  test('smoothed labels are refused that add up to no distribution', () => {
    for (const labelSmoothing of [-0.1, 1.1, NaN]) {
      assert.throws(
        () => crossEntropyLoss(tf.zeros([1, 3]), int32([0]), { labelSmoothing }),
        /labelSmoothing must be 0 to 1/,
      );
    }
  });

  test('a second label has its share of the target', () => {
    const logits = tf.tensor2d([
      [1, 2, 3],
      [0, -1, 2],
    ]);
    const mixedWith = { labels: int32([2, 0]), shares: tf.tensor1d([0.25, 0]) };
    const loss = (x: tf.Tensor) =>
      crossEntropyLoss(x as tf.Tensor2D, int32([0, 1]), { mixedWith, labelSmoothing: 0.3 });
    const targets = tf.tensor2d([
      [0.75, 0, 0.25],
      [0, 1, 0],
    ]);
    const smoothed = targets.mul(0.7).add(0.1);
    const byHand = smoothed.mul(tf.logSoftmax(logits)).sum(1).neg().mean();
    const gradient = tf.softmax(logits).sub(smoothed).div(2);
    assertWithin(
      Math.abs(loss(logits).arraySync() - (byHand.arraySync() as number)),
      1e-5,
      'a loss of two labels',
    );
    assertWithin(
      largestDifference(tf.grad(loss)(logits).dataSync(), gradient.dataSync()),
      1e-5,
      'a gradient of two labels',
    );
  });

  test('a label that is no class is refused', () => {
    for (const label of [3, -1]) {
      assert.throws(
        () => crossEntropyLoss(tf.zeros([2, 3]), int32([0, label])),
        /a label is not one of the 3 classes, 0 to 2/,
      );
    }
  });

  test('shapes and types that do not fit are refused', () => {
    assert.throws(
      () => crossEntropyLoss(tf.zeros([2, 3]), int32([0])),
      /labels \[batch\], but got \[2, 3\] and \[1\]/,
    );
    assert.throws(
      () => crossEntropyLoss(tf.zeros([2, 3]), tf.zeros([2, 3]) as unknown as tf.Tensor1D),
      /but got \[2, 3\] and \[2, 3\]/,
    );
    assert.throws(() => crossEntropyLoss(tf.zeros([1, 3]), tf.tensor1d([1])), /int32.*float32/);
  });
});

describe('adam', () => {
  test("a first step is learning rate × gradient / (|gradient| + PyTorch's epsilon)", () => {
    // A gradient of 1e-8 halves the step; with TensorFlow.js's epsilon of 1e-7 it would be 0.09.
    const weight = tf.variable(tf.scalar(0));
    adam(1).minimize(() => weight.mul(1e-8).asScalar(), false, [weight]);
    const step = weight.arraySync();
    assertWithin(Math.abs(step + 0.5), 1e-3, 'a first step of Adam');
  });

  test('a senseless learning rate is refused', () => {
    assert.throws(() => adam(-1), RangeError);
    assert.throws(() => adam(NaN), RangeError);
    assert.throws(() => adam(1, { epsilon: -1 }), RangeError);
  });

  test('training steps leave no tensors behind', () => {
    const block = new Inception({
      inChannels: 3,
      ch1x1: 2,
      ch3x3red: 2,
      ch3x3: 2,
      ch5x5red: 2,
      ch5x5: 2,
      poolProj: 2,
    });
    const x = randn([2, 4, 4, 3]);
    const optimizer = adam(1e-3);
    const step = () => {
      optimizer.minimize(() => crossEntropyLoss(block.forward(x).mean([1, 2]), int32([0, 1])));
    };
    step();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 5; i++) step();
    assert.equal(tf.memory().numTensors, numTensors);
  });
});
