import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import { denseNet, labels, optimizers, scalar, tensor, trainingStep } from './models';

const [x, y] = [tensor([16, 20]), labels(16, 5)];

/** The numbers of an optimizer's state, without the count of iterations. */
async function stateOf(optimizer: tf.Optimizer): Promise<Float32Array[]> {
  const [, ...slots] = await optimizer.getWeights();
  return Promise.all(slots.map(({ tensor }) => tensor.data<'float32'>()));
}

describe('what is replaced behind a compiled step', () => {
  for (const name of ['momentum', 'adagrad', 'adadelta', 'rmsprop', 'adam'] as const) {
    const make = optimizers[name];
    test(`the state of ${name}, restored: trains on as eagerly, and saves what is true`, async () => {
      const [eager, graph] = [make(), make()];
      const eagerStep = trainingStep(denseNet(), eager);
      const graphStep = compile(trainingStep(denseNet(), graph));
      const trained = async (): Promise<[number, number]> => [
        scalar(eagerStep(x, y)),
        scalar(await graphStep(x, y)),
      ];
      for (let i = 0; i < 2; i++) await trained();
      for (const optimizer of [eager, graph]) {
        const weights = await optimizer.getWeights();
        await optimizer.setWeights(
          weights.map((weight, i) =>
            i === 0
              ? { name: weight.name, tensor: tf.scalar(1, 'int32') }
              : { name: weight.name, tensor: tf.zerosLike(weight.tensor).add(0.25) },
          ),
        );
      }
      for (let i = 0; i < 3; i++) {
        const [expected, actual] = await trained();
        assertWithin(
          largestRelativeDifference([actual], [expected]),
          1e-4,
          `losses after the state of ${name} was restored`,
        );
      }
      const [expected, actual] = [await stateOf(eager), await stateOf(graph)];
      assert.equal(expected.length, actual.length);
      expected.forEach((values, i) => {
        assertWithin(
          largestDifference(actual[i] ?? [], values),
          1e-4,
          `the restored state of ${name}, after steps`,
        );
      });
      assert.equal(graph.iterations, 4);
      graphStep.dispose();
    });
  }

  test("an optimizer that another replaces: the first's variables are no cause of what comes after", async () => {
    const weight = tf.variable(tf.scalar(0));
    let optimizer: tf.Optimizer = tf.train.momentum(1, 0.5);
    let reads = false;
    const step = compile((unused: tf.Tensor) => {
      if (reads) unused.dataSync();
      optimizer.minimize(() => weight.neg().asScalar(), false, [weight]);
    });
    const unused = tf.scalar(0);
    await step(unused);
    optimizer.dispose();
    optimizer = tf.train.momentum(2, 0.5);
    await step(unused);
    assert.equal(scalar(weight), 3);
    reads = true;
    optimizer.dispose();
    optimizer = tf.train.momentum(4, 0.5);
    await assert.rejects(step(unused), /reads the data/);
    reads = false;
    await step(unused);
    assert.equal(scalar(weight), 7);
    step.dispose();
    tf.dispose([weight, unused]);
    optimizer.dispose();
  });

  test('a layer that is frozen and thawed', async () => {
    const model = denseNet();
    const step = compile(trainingStep(model, tf.train.sgd(0.5)));
    const [frozen] = model.layers;
    assert.ok(frozen);
    const kernel = (): Float32Array =>
      frozen.getWeights()[0]?.dataSync<'float32'>() as Float32Array;
    await step(x, y);
    const before = kernel().slice();
    frozen.trainable = false;
    await step(x, y);
    assert.deepEqual(kernel(), before);
    frozen.trainable = true;
    await step(x, y);
    assert.notDeepEqual(kernel(), before);
    step.dispose();
  });

  test("an optimizer's other numbers", async () => {
    const weight = tf.variable(tf.scalar(0));
    const optimizer = tf.train.adam(1, 0.9, 0.999, 1) as tf.AdamOptimizer & { epsilon: number };
    const step = compile(() => {
      optimizer.minimize(() => weight.neg().asScalar(), false, [weight]);
    });
    await step(); // 1 / (√1 + 1)
    optimizer.epsilon = 3;
    await step(); // 1 / (√1 + 3)
    assertWithin(Math.abs(scalar(weight) - 0.75), 1e-4, 'two steps of Adam by hand');
    step.dispose();
  });

  test('an optimizer whose variables are gone for another', async () => {
    const weight = tf.variable(tf.scalar(0));
    let optimizer: tf.Optimizer = tf.train.momentum(1, 0.5);
    const step = compile(() => {
      optimizer.minimize(() => weight.neg().asScalar(), false, [weight]);
    });
    await step();
    optimizer.dispose();
    optimizer = tf.train.sgd(10);
    await step();
    assert.equal(scalar(weight), 11);
    step.dispose();
  });

  test('a variable that is gone and used even so is named', async () => {
    const weight = tf.variable(tf.scalar(1), true, 'the one that is gone');
    const step = compile(() => weight.mul(2));
    await step();
    weight.dispose();
    await assert.rejects(step(), /the one that is gone.*disposed/);
    step.dispose();
  });
});

test('two networks built lazily, each in a step of its own, begin with different weights', async () => {
  const firstWeights = async (): Promise<Float32Array> => {
    const layer = tf.layers.dense({ units: 4 });
    const step = compile((input: tf.Tensor) => layer.apply(input) as tf.Tensor);
    await step(tf.ones([1, 8]));
    step.dispose();
    return layer.getWeights()[0]?.dataSync<'float32'>() as Float32Array;
  };
  const [a, b] = [await firstWeights(), await firstWeights()];
  assert.equal(a.length, 32);
  assert.ok(a.every((value, i) => value !== b[i]));
});
