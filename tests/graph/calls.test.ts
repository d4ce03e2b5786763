import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile, defaultExecution } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';
import { scalar } from './models';

/** A call that takes long enough that those after it have to wait. */
function slow(): { call: () => Promise<tf.Tensor>; dispose: () => void } {
  const step = compile((x: tf.Tensor) => {
    let product = x;
    for (let i = 0; i < 40; i++) product = tf.matMul(product, x);
    return product;
  });
  return {
    call: () => step(tf.eye(500)),
    dispose: () => {
      step.dispose();
    },
  };
}

describe('a call that waits for others takes what it needs when it is made', () => {
  test('the learning rate', async () => {
    const before = slow();
    const weight = tf.variable(tf.scalar(0));
    const optimizer = tf.train.sgd(1);
    const rate = optimizer as unknown as { setLearningRate(rate: number): void };
    const step = compile(
      () => optimizer.minimize(() => weight.neg().asScalar(), true, [weight]) as tf.Scalar,
    );
    const running = before.call();
    const calls = [step()];
    rate.setLearningRate(10);
    calls.push(step());
    rate.setLearningRate(100);
    await Promise.all([running, ...calls]);
    assert.equal(scalar(weight), 11);
    before.dispose();
    step.dispose();
  });

  test('the variables, and what is assigned afterwards stays', async () => {
    const before = slow();
    const weight = tf.variable(tf.scalar(1));
    const double = compile(() => {
      weight.assign(weight.mul(2).asScalar());
      return weight.clone();
    });
    const running = before.call();
    const first = double();
    weight.assign(tf.scalar(100));
    const second = double();
    const third = double();
    weight.assign(tf.scalar(7));
    assert.equal(scalar(weight), 7);
    assert.deepEqual((await Promise.all([first, second, third])).map(scalar), [2, 200, 400]);
    assert.equal(scalar(weight), 7);
    await running;
    before.dispose();
    double.dispose();
  });

  test('a variable read meanwhile has the value after every call made so far', async () => {
    const before = slow();
    const weight = tf.variable(tf.scalar(1));
    const double = compile(() => {
      weight.assign(weight.mul(2).asScalar());
    });
    const running = before.call();
    const calls = [double(), double(), double()];
    assert.equal(scalar(weight), 8);
    calls.push(double());
    const copy = weight.clone();
    calls.push(double());
    assert.deepEqual([scalar(copy), scalar(weight)], [16, 32]);
    await Promise.all([running, ...calls]);
    before.dispose();
    double.dispose();
  });

  test('dispose() comes after it', async () => {
    const before = slow();
    const step = compile((x: tf.Tensor) => x.square());
    const running = before.call();
    const calls = [step(tf.scalar(3)), step(tf.scalar(4))];
    step.dispose();
    before.dispose();
    assert.deepEqual((await Promise.all(calls)).map(scalar), [9, 16]);
    assert.equal((await running).shape[0], 500);
    await assert.rejects(step(tf.scalar(5)), /disposed/);
  });

  test('a call that fails takes no other with it', async () => {
    const before = slow();
    // Whole numbers are divided on the CPU: a GPU would pass over an index that is out of range.
    const rest = compile((divisor: tf.Tensor) => tf.mod(tf.scalar(20, 'int32'), divisor));
    const running = before.call();
    const divisors = [6, 0, 7].map((divisor) => tf.scalar(divisor, 'int32'));
    const [first, failing, last] = await Promise.allSettled(divisors.map((by) => rest(by)));
    assert.ok(first?.status === 'fulfilled' && last?.status === 'fulfilled');
    assert.deepEqual([first.value, last.value].map(scalar), [2, 6]);
    assert.equal(failing?.status, 'rejected');
    await running;
    before.dispose();
    rest.dispose();
  });
});

describe('arguments', () => {
  test('a variable is the variable itself, not its value', async () => {
    const [a, b] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(10))];
    const scale = compile((variable: tf.Tensor, factor: tf.Tensor) => {
      (variable as tf.Variable).assign(variable.mul(factor));
      return variable.add(1);
    });
    assert.equal(scalar(await scale(a, tf.scalar(3))), 7);
    assert.equal(scalar(await scale(b, tf.scalar(3))), 31);
    assert.equal(scalar(await scale(a, tf.scalar(3))), 19);
    assert.deepEqual([scalar(a), scalar(b)], [18, 30]);
    scale.dispose();
  });

  test('an array of numbers is a tensor of one dimension, as it is when the call is made', async () => {
    const step = compile(
      (x: tf.Tensor1D | Float32Array, { y }: { y: tf.Tensor1D | Int32Array }) => {
        assert.ok(x instanceof tf.Tensor && y instanceof tf.Tensor);
        assert.deepEqual([x.dtype, y.dtype], ['float32', 'int32']);
        return [x.square(), y.mul(tf.scalar(2, 'int32'))];
      },
    );
    const [x, y] = [Float32Array.of(1.5, 3), Int32Array.of(4, 5, 6)];
    const tensors = tf.memory().numTensors;
    const call = step(x, { y });
    x.fill(0);
    const results = await call;
    assert.equal(tf.memory().numTensors, tensors + 2);
    assert.deepEqual(
      results.map((result) => [...result.dataSync()]),
      [
        [2.25, 9],
        [8, 10, 12],
      ],
    );
    const ofTensors = await step(tf.tensor1d([2]), { y: tf.tensor1d([7], 'int32') });
    assert.deepEqual(ofTensors.map(scalar), [4, 14]);
    step.dispose();
  });

  test('op by op the step gets the array itself', async () => {
    const x = Int32Array.of(1, 2);
    const step = compile(
      (given: tf.Tensor1D | Int32Array) => {
        assert.equal(given, x);
        return tf.tensor1d(given as Int32Array);
      },
      { execution: 'eager' },
    );
    assert.deepEqual([...(await step(x)).dataSync()], [1, 2]);
    step.dispose();
  });

  test('objects without a prototype, and an empty batch', async () => {
    const step = compile(({ x }: { x: tf.Tensor }) => ({ doubled: x.mul(2), sum: x.sum() }));
    const argument = Object.assign(Object.create(null) as object, { x: tf.zeros([0, 3]) });
    const { doubled, sum } = await step(argument);
    assert.deepEqual(doubled.shape, [0, 3]);
    assert.equal(scalar(sum), 0);
    step.dispose();
  });

  test('the mean of integers and of booleans: the usual accuracy', async () => {
    const accuracy = compile((logits: tf.Tensor, labels: tf.Tensor) =>
      tf.mean(tf.equal(logits.argMax(1), labels)),
    );
    const logits = tf.tensor2d([
      [1, 2],
      [2, 1],
      [0, 3],
      [5, 4],
    ]);
    assert.equal(scalar(await accuracy(logits, tf.tensor1d([1, 1, 1, 0], 'int32'))), 0.75);
    const mean = compile((x: tf.Tensor) => tf.mean(x));
    assert.equal(scalar(await mean(tf.tensor1d([1, 2, 2, 1], 'int32'))), 1.5);
    accuracy.dispose();
    mean.dispose();
  });
});

describe('op by op', () => {
  test('the step runs as TensorFlow.js runs it, its numbers may be read', async () => {
    const step = compile((x: tf.Tensor) => x.mul(scalar(x) + 1), { execution: 'eager' });
    assert.equal(scalar(await step(tf.scalar(2))), 6);
    assert.equal(scalar(await step(tf.scalar(3))), 12);
    step.dispose();
    await assert.rejects(step(tf.scalar(3)), /disposed/);
  });

  test('is what a device without graphs gets', async () => {
    assert.equal(defaultExecution(), 'graph');
    await tf.setBackend('cpu');
    try {
      assert.equal(defaultExecution(), 'eager');
    } finally {
      await tf.setBackend('tensorflow');
    }
  });
});

test('program() shows what the graph computes, without running the step', () => {
  const weight = tf.variable(tf.ones([3]), true, 'weight of program()');
  const step = compile((x: tf.Tensor | Float32Array) => {
    weight.assign(weight.mul(2));
    return (x as tf.Tensor).add(1).square();
  });
  const expected = `
%1 = argument 0 : float32[2,3]
%2 = Add(%1, 1) : float32[2,3]
%3 = Square(%2) : float32[2,3]
%4 = variable weight of program() : float32[3]
%5 = Mul(%4, 2) : float32[3]
AssignVariableOp(variable weight of program(), %5)
return %3`;
  assert.equal(`\n${step.program(tf.zeros([2, 3]))}`, expected);
  assert.equal(`\n${step.program(new Float32Array(2))}`, expected.replaceAll('[2,3]', '[2]'));
  assert.deepEqual([...weight.dataSync()], [1, 1, 1]);
  step.dispose();
});
