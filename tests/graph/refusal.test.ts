import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, UnsupportedStepError, type TensorTree } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';
import { assertWithin } from '../bounds/assertWithin';
import { scalar } from './models';

/** The step is refused with a message that has these parts and this file's line. */
async function refused(
  step: (x: tf.Tensor) => TensorTree,
  parts: readonly RegExp[],
): Promise<void> {
  const compiled = compile(step);
  await assert.rejects(compiled(tf.tensor1d([1, 2, 3])), (error: unknown) => {
    assert.ok(error instanceof UnsupportedStepError, String(error));
    for (const part of parts) assert.match(error.message, part);
    return true;
  });
  compiled.dispose();
}

const here = /refusal\.test\.ts:\d+/;

test('data read back inside the step', async () => {
  await refused((x) => tf.scalar(x.sum().dataSync()[0] ?? 0), [/Sum/, /reads the data/, here]);
  await refused((x) => x.mul((x.max().arraySync() as number) + 1), [/Max/, here]);
  await refused(
    (x) => {
      // Both dropped: neither may end the process.
      void x.square().data();
      void x.sqrt().data();
      return x;
    },
    [/Square/, here],
  );
  await refused(
    (x) => {
      x.print();
      return x;
    },
    [/argument 0/],
  );
});

test('a refusal that the step swallows still counts', async () => {
  await refused(
    (x) => {
      try {
        return tf.scalar(x.dataSync()[0] ?? 0);
      } catch {
        return tf.scalar(0);
      }
    },
    [/argument 0/, here],
  );
});

test('a value made in JavaScript that changes from call to call', async () => {
  let counter = 0;
  await refused((x) => x.mul(++counter), [/changes from call to call/, here]);
  await refused((x) => x.mul(Math.random()), [/Math\.random/, here]);
  await refused((x) => (++counter % 2 === 0 ? x.square() : x.sqrt()), [/Square|Sqrt/]);
  const optimizer = tf.train.adam(0.1);
  const weight = tf.variable(tf.scalar(1));
  await refused(
    (x) => {
      const rate = (optimizer as unknown as { learningRate: number }).learningRate;
      weight.assign(weight.sub(tf.scalar(rate * ++counter)));
      return x;
    },
    [/changes from call to call/, here],
  );
  assert.equal(scalar(weight), 1);
  let size = 0;
  await refused(
    () => tf.randomUniform([++size]),
    [/changes from call to call \(randomUniform/, here],
  );
  await refused(
    () => (++size % 2 === 0 ? tf.randomUniform([3]) : tf.randomNormal([3])),
    [/changes from call to call \(random/, here],
  );
});

test('results and assignments that change places from call to call', async () => {
  let odd = false;
  const both = (x: tf.Tensor): [tf.Tensor, tf.Tensor] => {
    odd = !odd;
    return [x.add(1), x.mul(2)];
  };
  const [one, two] = [1, 2].map((value) => tf.variable(tf.scalar(value)));
  const steps: ((x: tf.Tensor) => TensorTree)[] = [
    (x) => both(x)[odd ? 0 : 1],
    (x) => (odd ? both(x) : both(x).slice(0, 1)),
    (x) => {
      const [a, b] = both(x);
      return odd ? { a, b } : { b: a, a: b };
    },
    (x) => [...both(x), odd ? null : undefined],
  ];
  for (const step of steps) await refused(step, [/does not return the same at each call/]);
  await refused(
    (x) => {
      const [sum] = both(x);
      (odd ? one : two)?.assign(sum.sum().asScalar());
      return sum;
    },
    [/does not assign the same at each call/],
  );
});

test('a learning rate that the step itself reads or sets', async () => {
  for (const optimizer of [tf.train.sgd(0.5), tf.train.adam(0.5)]) {
    const rates = optimizer as unknown as { learningRate: number };
    const weight = tf.variable(tf.scalar(1));
    const minimize = (x: tf.Tensor): tf.Scalar | null =>
      optimizer.minimize(() => weight.mul(x.sum()).asScalar(), true, [weight]);
    // Weight decay as in AdamW.
    await refused(
      (x) => {
        weight.assign(weight.mul(1 - 0.1 * rates.learningRate));
        return minimize(x);
      },
      [/changes from call to call/, here],
    );
    for (const warmUp of [
      (x: tf.Tensor) => x.mul(Math.min(1, optimizer.iterations / 100)),
      (x: tf.Tensor) => (optimizer.iterations < 5 ? x.mul(0.1) : x),
    ]) {
      await refused((x) => minimize(warmUp(x)), [/reads how many iterations/, here]);
    }
    await refused(
      (x) => {
        rates.learningRate = 0.25;
        return minimize(x);
      },
      [/sets the learning rate/, here],
    );
    assert.equal(scalar(weight), 1);
    rates.learningRate = 0.125;
    assert.equal(rates.learningRate, 0.125);
  }
});

test('a tensor that was made while another step was recorded', async () => {
  let kept: tf.Tensor | undefined;
  const first = compile((x: tf.Tensor) => {
    kept = tf.keep(x.square());
    return kept.sum();
  });
  await first(tf.tensor1d([1, 2, 3]));
  await refused(
    (x) => x.add(1).mul(kept as tf.Tensor),
    [/while a compiled step was recorded has no data/, here],
  );
  first.dispose();
});

test('a tensor that outlives a recording says what it is, and can be disposed of', async () => {
  let escaped: tf.Tensor | undefined;
  const step = compile((x: tf.Tensor) => {
    escaped = tf.keep(x.square());
    return x.clone();
  });
  await step(tf.scalar(3));
  for (const use of [() => escaped?.dataSync(), () => escaped?.add(1)]) {
    assert.throws(use, /made while a compiled step was recorded has no data/);
  }
  await assert.rejects(async () => escaped?.data(), /has no data/);
  const { numTensors } = tf.memory();
  escaped?.dispose();
  assert.equal(tf.memory().numTensors, numTensors - 1);
  step.dispose();
});

test('a stateful layer is named, and works op by op afterwards as before', async () => {
  const layer = tf.layers.lstm({
    units: 2,
    stateful: true,
    batchInputShape: [1, 3, 2],
    name: 'memory',
  });
  const model = tf.sequential({ layers: [layer] });
  const x = tf.ones([1, 3, 2]);
  model.predict(x);
  const states = layer.states.map((state) => state.dataSync());
  await refused(() => model.apply(x) as tf.Tensor, [/stateful: true/, here]);
  assert.deepEqual(
    layer.states.map((state) => state.dataSync()),
    states,
  );
  assert.deepEqual((model.predict(x) as tf.Tensor).shape, [1, 2]);
});

test('a complex result, before a variable changes', async () => {
  const weight = tf.variable(tf.scalar(1));
  await refused(
    (x) => {
      weight.assign(weight.add(1).asScalar());
      return tf.complex(x, x);
    },
    [/result 0 of the step holds neither real numbers/, here],
  );
  assert.equal(scalar(weight), 1);
});

test('strings, from outside and as an argument', async () => {
  const words = tf.tensor1d(['a', 'b'], 'string');
  await refused(() => words.reshape([2, 1]), [/neither real numbers nor booleans|strings/]);
  const compiled = compile((text: tf.Tensor) => text.reshape([2, 1]));
  await assert.rejects(compiled(words), /argument 0 of the step holds neither real numbers/);
  compiled.dispose();
});

test('an optimizer whose own update would freeze the learning rate', async () => {
  class DecayingAdam extends tf.AdamOptimizer {
    override applyGradients(gradients: Parameters<tf.AdamOptimizer['applyGradients']>[0]): void {
      weight.assign(weight.mul(1 - 0.01 * this.learningRate));
      super.applyGradients(gradients);
    }
  }
  class Own extends tf.SGDOptimizer {
    override applyGradients(): void {
      weight.assign(weight.sub(this.learningRate));
    }
  }
  const weight: tf.Variable = tf.variable(tf.scalar(1));
  for (const optimizer of [new DecayingAdam(0.1, 0.9, 0.999), new Own(0.1)]) {
    await refused(
      (x) => optimizer.minimize(() => weight.mul(x.sum()).asScalar(), true, [weight]),
      [/(DecayingAdam|Own) has an update of its own/, here],
    );
  }
  assert.equal(scalar(weight), 1);
  // One that only has another name is watched as its parent is.
  class Named extends tf.SGDOptimizer {}
  const step = compile((x: tf.Tensor) => {
    named.minimize(() => weight.mul(x.sum()).asScalar(), false, [weight]);
  });
  const named = new Named(0.1);
  await step(tf.tensor1d([1, 2]));
  assertWithin(Math.abs(scalar(weight) - 0.7), 1e-5, 'a step of SGD by hand');
  step.dispose();
});

test('a draw whose spread its numbers do not tell', async () => {
  await refused((x) => x.add(tf.randomNormal([3], 1000, 0.001)), [/randomNormal spreads/, here]);
});

test('shapes that depend on data, asynchronous steps, plain values', async () => {
  await refused((x) => tf.unique(x).values, [/Unique/, here]);
  const asynchronous = compile((async (x: tf.Tensor) => Promise.resolve(x)) as never) as (
    x: tf.Tensor,
  ) => Promise<unknown>;
  await assert.rejects(asynchronous(tf.scalar(1)), /The step is asynchronous/);
  const number = compile(((x: number) => tf.scalar(x)) as never) as (
    x: unknown,
  ) => Promise<unknown>;
  await assert.rejects(number(3), /arguments of a compiled step must be tensors.*number/s);
  const result = compile((() => 3) as never) as () => Promise<unknown>;
  await assert.rejects(result(), /results of a compiled step must be tensors.*number/s);
});

test('a refused step changes nothing, and the same step runs op by op', async () => {
  const weight = tf.variable(tf.scalar(1));
  const optimizer = tf.train.adam(0.1);
  const seen: number[] = [];
  const step = (x: tf.Tensor): tf.Tensor => {
    const loss = optimizer.minimize(() => weight.mul(x.sum()).square().asScalar(), true, [weight]);
    seen.push(scalar(loss as tf.Scalar));
    return loss as tf.Scalar;
  };
  const x = tf.tensor1d([1, 2]);
  const strict = compile(step);
  await assert.rejects(strict(x), UnsupportedStepError);
  assert.equal(scalar(weight), 1);
  assert.equal(optimizer.iterations, 0);
  const eager = compile(step, { execution: 'eager' });
  assert.equal(scalar(await eager(x)), 9);
  assert.ok(scalar(await eager(x)) < 9);
  assert.equal(seen.length, 2);
  assert.equal(optimizer.iterations, 2);
});

test('what a step that runs op by op passes through is the caller’s own, as from a graph', async () => {
  const weight = tf.variable(tf.scalar(5));
  const table = tf.scalar(6);
  const step = compile((x: tf.Tensor) => ({ x, weight, table }), { execution: 'eager' });
  for (let call = 0; call < 2; call++) {
    const x = tf.scalar(7);
    const returned = await step(x);
    x.dispose();
    assert.deepEqual(Object.values(returned).map(scalar), [7, 5, 6]);
    tf.dispose(returned);
    assert.deepEqual([scalar(weight), scalar(table)], [5, 6]);
  }
  step.dispose();
});

test('a step that runs op by op leaves no tensors behind', async () => {
  const step = compile((x: tf.Tensor) => x.add(1).mul(2).square(), { execution: 'eager' });
  const x = tf.scalar(3);
  const call = async (): Promise<number> => {
    const result = await step(x);
    const value = scalar(result);
    result.dispose();
    return value;
  };
  assert.equal(await call(), 64);
  const { numTensors } = tf.memory();
  assert.equal(await call(), 64);
  assert.equal(tf.memory().numTensors, numTensors);
  step.dispose();
});

test("errors of the step's own come through, and the backend is whole afterwards", async () => {
  const step = compile((x: tf.Tensor) => {
    if (x.shape[0] === 3) throw new RangeError('three is too many');
    return tf.add(x, 1);
  });
  await assert.rejects(step(tf.tensor1d([1, 2, 3])), /three is too many/);
  assert.deepEqual([...tf.tensor1d([1, 2]).square().dataSync()], [1, 4]);
  assert.deepEqual([...(await step(tf.tensor1d([1]))).dataSync()], [2]);
  assert.notEqual(Math.random(), Math.random());
  step.dispose();
});
