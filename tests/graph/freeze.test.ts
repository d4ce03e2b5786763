import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile, UnsupportedStepError } from 'googlenet/graph';
import { Conv2d, Linear } from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { noBfloat16 } from '../bounds/noBfloat16';
import { assertWithin, largestDifference } from '../bounds/assertWithin';
import { scalar } from './models';

describe('a frozen step', () => {
  test('computes once what follows from variables alone', () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const step = compile((x: tf.Tensor) => x.mul(weight.square().add(1)), { freeze: true });
    assert.equal(
      step.program(tf.zeros([3])),
      ['%1 = argument 0 : float32[3]', '%2 = Mul(%1, [2,5,10]) : float32[3]', 'return %2'].join(
        '\n',
      ),
    );
    step.dispose();
  });

  // TensorFlow keeps the packed weights of a convolution, and packs a product's at each call.
  test('leaves a 1×1 convolution what it is', () => {
    const kernel = tf.variable(tf.ones<tf.Rank.R4>([1, 1, 4, 3]));
    const forward = (x: tf.Tensor4D) => tf.conv2d(x, kernel, 1, 'same');
    const operations = [{ freeze: true }, {}].map((options) => {
      const step = compile(forward, options);
      const text = step.program(tf.zeros([2, 5, 5, 4]));
      step.dispose();
      return text.match(/Conv2D|MatMul/g);
    });
    assert.deepEqual(operations, [['Conv2D'], ['MatMul']]);
  });

  // Two kernels may round a bfloat16 of 8 bits apart.
  for (const [precision, bound] of [
    ['float32', 1e-5],
    ['bfloat16', 5e-2],
  ] as const) {
    const skip = precision === 'bfloat16' && noBfloat16;
    test(`has the numbers of one that is not, in ${precision}`, { skip }, async () => {
      manualSeed(80);
      const convolution = new Conv2d({ inChannels: 3, outChannels: 8, kernelSize: 3, padding: 1 });
      const pointwise = new Conv2d({ inChannels: 8, outChannels: 8, kernelSize: 1 });
      const linear = new Linear({ inFeatures: 8 * 64, outFeatures: 5 });
      const forward = (x: tf.Tensor4D) =>
        linear.forward(tf.relu(pointwise.forward(convolution.forward(x))).reshape([-1, 8 * 64]));
      const x = randn([4, 8, 8, 3]);
      const [plain, frozen] = [{ precision }, { precision, freeze: true }].map((options) =>
        compile(forward, options),
      );
      const expected = (await (await plain?.(x))?.data()) ?? [];
      const actual = (await (await frozen?.(x))?.data()) ?? [];
      const largest = Math.max(...Array.from(expected, Math.abs));
      assertWithin(
        largestDifference(actual, expected) / largest,
        bound,
        `a frozen forward pass in ${precision}, beside its largest number`,
      );
      plain?.dispose();
      frozen?.dispose();
    });
  }

  test('knows the values that its variables have got since', async () => {
    const weight = tf.variable(tf.scalar(2));
    const step = compile((x: tf.Tensor) => x.mul(weight), { freeze: true });
    assert.equal(scalar(await step(tf.scalar(10))), 20);
    weight.assign(tf.scalar(3));
    assert.equal(scalar(await step(tf.scalar(10))), 30);
    const training = compile(() => {
      weight.assign(weight.add(1));
      return [];
    });
    await training();
    assert.equal(scalar(await step(tf.scalar(10))), 40);
    await training();
    assert.equal(scalar(await step(tf.scalar(10))), 50);
    step.dispose();
    training.dispose();
  });

  test('says which variable is gone', async () => {
    const start = tf.scalar(2);
    const weight = tf.variable(start, true, 'frozen_and_gone');
    start.dispose();
    const step = compile((x: tf.Tensor) => x.mul(weight), { freeze: true });
    await step(tf.scalar(10));
    weight.dispose();
    await assert.rejects(step(tf.scalar(10)), /variable frozen_and_gone, .*was disposed/);
    step.dispose();
  });

  test('changes no variable', async () => {
    const weight = tf.variable(tf.scalar(2));
    const step = compile(
      (x: tf.Tensor) => {
        weight.assign(weight.mul(x).asScalar());
        return weight;
      },
      { freeze: true },
    );
    await assert.rejects(step(tf.scalar(10)), (error: Error) => {
      assert.ok(error instanceof UnsupportedStepError);
      assert.match(error.message, /a step that changes variables cannot be frozen/);
      return true;
    });
    assert.equal(scalar(weight), 2);
  });
});
