import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeRecords } from '../../lib/data/binaryLayout';
import { generateRecords, VERSION } from '../../lib/data/drawShapes';

test('other images mean another version, so that no old copy is taken for the new set', () => {
  const digest = createHash('sha256')
    .update(encodeRecords(generateRecords(100, 1, 0.25)))
    .digest('hex');
  // When this fails, the generator has changed: raise VERSION, then renew the digest.
  assert.deepEqual(
    [VERSION, digest],
    [3, '38a2b5fbca14924881e054432d5511ade1962b6d51e3135130d3b8fbc1ddbb32'],
  );
});

test('the start of a set does not depend on its length', () => {
  const [short, long] = [generateRecords(10, 1, 0.25), generateRecords(15, 1, 0.25)];
  assert.deepEqual(long.images.subarray(0, short.images.length), short.images);
  assert.deepEqual(long.labels.subarray(0, short.labels.length), short.labels);
});

test('a quarter of the labels is wrong where that is asked for, and none else', () => {
  const inTurn = Array.from({ length: 200 }, (_, index) => index % 10);
  const right = generateRecords(200, 2, 0);
  assert.deepEqual([...right.labels], inTurn);
  const { images, labels } = generateRecords(200, 2, 0.25);
  const wrong = inTurn.filter((drawn, index) => drawn !== labels[index]).length;
  // Five standard deviations of a binomial count, √(200 · 0.25 · 0.75) = 6.1.
  assert.ok(Math.abs(wrong - 50) < 31, `${wrong} wrong labels`);
  assert.ok(labels.every((label) => label < 10));
  assert.deepEqual(images, right.images);
});
