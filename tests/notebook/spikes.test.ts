import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSpikes } from 'googlenet/notebook';

const historyOf = (losses: number[]) =>
  losses.map((loss, epoch) => ({ epoch, loss, accuracy: NaN }));

test('a spike is a stretch above the lowest loss before it, told by its highest epoch', () => {
  assert.deepEqual(findSpikes(historyOf([4, 2, 3, 5, 3.5, 1.9, 1, 1.4, 2.5]), 1.5), [
    { epoch: 3, loss: 5, before: 2 },
    { epoch: 8, loss: 2.5, before: 1 },
  ]);
});

test('a loss that swings makes one spike, until it has been quiet as long as asked', () => {
  const swinging = historyOf([1, 9, 1, 8, 1, 1, 7]);
  const epochs = (quiet?: number) => findSpikes(swinging, 2, quiet).map(({ epoch }) => epoch);
  assert.deepEqual(epochs(), [1, 3, 6]);
  assert.deepEqual(epochs(2), [1, 6]);
  assert.deepEqual(epochs(3), [1]);
});

test('a loss that only falls has none, and neither has no loss', () => {
  assert.deepEqual(findSpikes(historyOf([3, 2, 1]), 1.1), []);
  assert.deepEqual(findSpikes([], 2), []);
});
