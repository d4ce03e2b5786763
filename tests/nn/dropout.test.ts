import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from 'googlenet/graph';
import { Dropout, Module, type Features } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

/** Two dropouts of the same features. */
class TwoDropouts extends Module {
  readonly first = new Dropout({ p: 0.3 });
  readonly second = new Dropout({ p: 0.3 });

  constructor() {
    super({ features: 1000 });
  }

  forward<T extends Features>(x: T): T {
    return this.second.forward(this.first.forward(x));
  }
}

describe('dropout', () => {
  const ones = tf.ones<tf.Rank.R2>([20, 1000]);

  test('leaves numbers out with probability p and scales the others, in training alone', () => {
    const dropout = new Dropout({ p: 0.25 });
    assert.deepEqual(dropout.forward(ones).dataSync(), ones.dataSync());
    const values = [...dropout.train().forward(ones).dataSync()];
    const kept = values.filter((value) => value !== 0);
    const scaled = new Array<number>(kept.length).fill(4 / 3);
    assertWithin(largestDifference(kept, scaled), 1e-5, 'what dropout keeps, scaled');
    // 20,000 draws: a standard deviation of the share is 0.003.
    assert.ok(Math.abs(kept.length / values.length - 0.75) < 0.03);
    assert.notDeepEqual([...dropout.forward(ones).dataSync()], values);
  });

  test('of nothing and of everything', () => {
    assert.deepEqual(new Dropout({ p: 0 }).train().forward(ones).dataSync(), ones.dataSync());
    const none = new Dropout({ p: 1 }).train().forward(ones);
    assert.equal(none.abs().sum().dataSync()[0], 0);
    assert.throws(() => new Dropout({ p: 1.5 }), /p must be a number from 0 to 1, but is 1.5/);
  });

  test('draws by the seed of the call and its place alone, op by op as in a graph', async () => {
    const { model } = new TwoDropouts();
    const step = (seed: Int32Array | tf.Tensor1D) =>
      model.apply(ones, { training: true, seed }) as tf.Tensor;
    const [graph, eager] = [compile(step), compile(step, { execution: 'eager' })];
    const drawn = async (execution: typeof graph, ...seed: number[]) => [
      ...(await execution(Int32Array.from(seed))).dataSync(),
    ];
    const values = await drawn(graph, 80, 7);
    assert.deepEqual(await drawn(graph, 80, 7), values);
    assert.deepEqual(await drawn(eager, 80, 7), values);
    for (const other of [
      [80, 8],
      [81, 7],
      [7, 80],
      [-80, 7],
    ]) {
      assert.notDeepEqual(await drawn(graph, ...other), values);
    }
    // Masks of their own: both keep a number in 0.49 of all cases, one mask would in 0.7.
    const kept = values.filter((value) => value !== 0).length / values.length;
    assert.ok(Math.abs(kept - 0.49) < 0.03, `${kept}`);
    graph.dispose();
    // The largest seeds wrap around rather than lose their place.
    assert.notDeepEqual(await drawn(eager, 2 ** 31 - 1, 0), values);
  });

  test('without a seed is drawn anew at each call of a graph', async () => {
    const { model } = new TwoDropouts();
    const step = compile(() => model.apply(ones, { training: true }) as tf.Tensor);
    const [a, b] = [await step(), await step()];
    assert.notDeepEqual(a.dataSync(), b.dataSync());
    assert.ok(Math.abs((a.mean().dataSync()[0] ?? NaN) - 1) < 0.03);
    step.dispose();
  });

  test('sends the gradient where it sent the number', () => {
    const dropout = new Dropout({ p: 0.5 }).train();
    let output: tf.Tensor | undefined;
    const gradient = tf.grad((x: tf.Tensor) => (output = tf.keep(dropout.forward(x))))(ones);
    assert.deepEqual(gradient.dataSync(), output?.dataSync());
  });
});
