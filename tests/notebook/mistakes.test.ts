import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonestMistakes } from 'googlenet/notebook';

const CLASSES = ['cat', 'dog', 'ship'];
const CONFUSION = [
  [5, 3, 0],
  [4, 6, 0],
  [1, 0, 9],
];

test('the commonest mistakes come first, without what is right or never happens', () => {
  assert.deepEqual(commonestMistakes(CONFUSION, CLASSES, 5), [
    { trueClass: 'dog', takenFor: 'cat', images: 4 },
    { trueClass: 'cat', takenFor: 'dog', images: 3 },
    { trueClass: 'ship', takenFor: 'cat', images: 1 },
  ]);
});

test('no more mistakes than asked for', () => {
  assert.deepEqual(commonestMistakes(CONFUSION, CLASSES, 1), [
    { trueClass: 'dog', takenFor: 'cat', images: 4 },
  ]);
});
