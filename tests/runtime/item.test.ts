import assert from 'node:assert/strict';
import { test } from 'node:test';
import { item, tf } from 'googlenet/runtime';

test('item is the number of a tensor that has one, whatever its rank', async () => {
  assert.equal(await item(tf.scalar(2.5)), 2.5);
  assert.equal(await item(tf.tensor3d([[[7]]], undefined, 'int32')), 7);
});

test('item refuses a tensor with none or several', async () => {
  await assert.rejects(item(tf.zeros([2])), /has 2 numbers, not one/);
  await assert.rejects(item(tf.zeros([0])), /has 0 numbers, not one/);
});
