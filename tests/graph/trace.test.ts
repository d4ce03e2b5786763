import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';
import { scalar } from './models';

test('a trace has the operations of one call, one after the other, and the call counts', () => {
  const weight = tf.variable(tf.scalar(1));
  const step = compile((x: tf.Tensor2D) => {
    weight.assign(weight.add(1).asScalar());
    return tf.matMul(tf.matMul(x, x), x);
  });
  const times = step.trace(tf.eye(300));
  assert.equal(scalar(weight), 2);
  const products = times.filter(({ op }) => op.includes('MatMul'));
  assert.equal(products.length, 2);
  const [first, second] = products;
  assert.ok(first && second && first.begin < first.end && first.end <= second.begin);
  assert.ok(times.every(({ begin, end }) => begin <= end));
  step.dispose();
});

test('op by op there is nothing to trace', () => {
  const step = compile((x: tf.Tensor) => x.square(), { execution: 'eager' });
  assert.throws(() => step.trace(tf.scalar(1)), /only a graph can be traced/);
});

test('a step that was disposed is not traced', () => {
  const step = compile((x: tf.Tensor) => x.square());
  step.dispose();
  assert.throws(() => step.trace(tf.scalar(1)), /has been disposed/);
});
