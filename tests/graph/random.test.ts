import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

async function draws(step: () => tf.Tensor, calls: number): Promise<number[][]> {
  const compiled = compile(step);
  const drawn: number[][] = [];
  for (let i = 0; i < calls; i++) drawn.push([...(await compiled()).dataSync()]);
  compiled.dispose();
  return drawn;
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

const distributions: Record<string, { step: () => tf.Tensor; mean: number; deviation: number }> = {
  uniform: {
    step: () => tf.randomUniform([50, 100], -1, 3),
    mean: 1,
    deviation: 4 / Math.sqrt(12),
  },
  normal: { step: () => tf.randomNormal([50, 100], 5, 0.5), mean: 5, deviation: 0.5 },
  // A normal distribution cut at two deviations has 0.8796 of the deviation.
  'truncated normal': {
    step: () => tf.truncatedNormal([50, 100], -2, 3),
    mean: -2,
    deviation: 3 * 0.8796,
  },
};

for (const [name, { step, mean, deviation }] of Object.entries(distributions)) {
  test(`${name}: drawn anew at each call, with its parameters, reproducibly`, async () => {
    const [first = [], second = []] = await draws(step, 2);
    assert.notDeepEqual(first, second);
    const found = moments(first);
    assert.ok(Math.abs(found.mean - mean) < 0.1 * deviation, `mean ${found.mean}`);
    assert.ok(Math.abs(found.deviation - deviation) < 0.05 * deviation, `${found.deviation}`);
    assert.deepEqual(await draws(step, 2), [first, second]);
  });
}

test('steps of different seeds draw differently, of one seed alike', async () => {
  const draw = async (seed: number): Promise<unknown> => {
    const step = compile(() => tf.randomUniform([8]), { seed });
    const values = (await step()).dataSync();
    step.dispose();
    return values;
  };
  const seeds = [0, 1, 2, -1, 2 ** 31 - 1];
  const drawn = await Promise.all(seeds.map(draw));
  assert.equal(new Set(drawn.map(String)).size, seeds.length);
  assert.deepEqual(await draw(1), drawn[1]);
});

test('a uniform draw stays within its bounds', async () => {
  const [values = []] = await draws(() => tf.randomUniform([5000], 2, 6), 1);
  assert.ok(values.every((value) => value >= 2 && value < 6));
});

test('two draws in one step differ', async () => {
  const [values = []] = await draws(
    () => tf.sub(tf.randomUniform([100]), tf.randomUniform([100])),
    1,
  );
  assert.ok(values.some((value) => value !== 0));
});

test('dropout layers: another mask at each call, with and without a seed', async () => {
  for (const layer of [
    tf.layers.dropout({ rate: 0.25 }),
    tf.layers.dropout({ rate: 0.25, seed: 7 }),
  ]) {
    const input = tf.input({ shape: [1000] });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    const ones = tf.ones([4, 1000]);
    const [a = [], b = []] = await draws(
      () => model.apply(ones, { training: true }) as tf.Tensor,
      2,
    );
    for (const values of [a, b]) {
      const kept = values.filter((value) => value !== 0);
      const scaled = new Array<number>(kept.length).fill(1 / 0.75);
      assertWithin(largestDifference(kept, scaled), 1e-5, 'what dropout keeps, scaled');
      assert.ok(Math.abs(kept.length / values.length - 0.75) < 0.05);
    }
    assert.notDeepEqual(a, b);
  }
});

test('a draw with its own seed is the same at each eager call, and so in the graph', async () => {
  const step = (): tf.Tensor => tf.randomUniform([5], 0, 1, 'float32', 42);
  const eager = [...step().dataSync()];
  assert.deepEqual(await draws(step, 2), [eager, eager]);
});

test('gradients pass through dropout with the mask of the forward pass', async () => {
  const step = compile((x: tf.Tensor) => {
    let output: tf.Tensor | undefined;
    const grad = tf.grad((input: tf.Tensor) => {
      output = tf.keep(tf.dropout(input, 0.5));
      return output;
    })(x);
    return [output as tf.Tensor, grad];
  });
  const [output, grad] = await step(tf.ones([200]));
  assert.deepEqual(grad?.dataSync(), output?.dataSync());

  step.dispose();
});

test("a draw within a scope of the caller's that is called dropout keeps its parameters", async () => {
  for (const scope of ['dropout', 'randomUniform', 'dropout__op']) {
    const [values = []] = await draws(() => tf.tidy(scope, () => tf.randomNormal([2000], 5, 2)), 1);
    const { mean, deviation } = moments(values);
    assert.ok(Math.abs(mean - 5) < 0.5 && Math.abs(deviation - 2) < 0.5, `${mean} ${deviation}`);
  }
});
