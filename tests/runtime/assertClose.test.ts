import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { assertClose, tf, type Bound } from 'googlenet/runtime';

test('numbers in every form: the largest difference, relative beyond 1', async () => {
  assert.equal(await assertClose(tf.tensor1d([1, 2]), [1, 2], 'equal'), 0);
  assert.equal(await assertClose([Infinity, -0], [Infinity, 0], 'equal too'), 0);
  assert.equal(await assertClose(1.5, tf.scalar(1), 'a half', 5), 0.5);
  assert.equal(await assertClose([1000.5], [1000], 'a half of a thousand', 0.1), 0.5);
  await assert.rejects(
    assertClose([1000.5], [1000], 'too far', 1e-4),
    /too far: .* differ by 0\.5/,
  );
});

test('what is no number, and rows of other lengths, are refused', async () => {
  await assert.rejects(assertClose([NaN], [1], 'not a number', 1e9), /not a number/);
  await assert.rejects(assertClose([1], [NaN], 'nor here', 1e9), /nor here/);
  await assert.rejects(assertClose([1, 2], [1], 'two for one'), /two for one: 2 numbers, not 1/);
});

test('what was measured is published beside the bound', async () => {
  const published: unknown[] = [];
  const note = (bound: unknown): unknown => published.push(bound);
  subscribe('googlenet:bound', note);
  await assertClose(1.25, 1, 'a quarter', 5);
  unsubscribe('googlenet:bound', note);
  assert.deepEqual(published, [{ what: 'a quarter', measured: 0.125, bound: 5 } satisfies Bound]);
});
