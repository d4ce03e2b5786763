import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { bestEpoch } from 'googlenet/training';
import { curvesByVariant, meanAndSpread, percent, readExperiment } from 'googlenet/notebook';

const EXPERIMENTS = path.join(__dirname, '../../data/experiments');
const names = readdirSync(EXPERIMENTS)
  .filter((file) => file.endsWith('.csv'))
  .map((file) => path.basename(file, '.csv'));

for (const name of names) {
  test(`${name}: each run has every epoch, numbers in all of them, and was tried on the test set`, async () => {
    const runs = await readExperiment(name);
    assert.ok(runs.length > 1);
    for (const { variant, seed, history } of runs) {
      const what = `${variant}, seed ${seed}`;
      for (const [index, epoch] of history.entries()) {
        assert.equal(epoch.epoch, index, what);
        const { testLoss, testAccuracy, ...metrics } = epoch;
        assert.ok(Object.values(metrics).every(Number.isFinite), what);
        // Tried where the last column but one is filled: both or none.
        assert.equal(testLoss === null, testAccuracy === null, what);
        if (testLoss !== null && testAccuracy !== null) {
          assert.ok(testLoss > 0 && testAccuracy > 0 && testAccuracy <= 1, what);
        }
      }
      const best = bestEpoch(history)?.epoch ?? history.length - 1;
      for (const tried of [history.at(-1), history[best]]) {
        assert.notEqual(tried?.testLoss, null, what);
      }
    }
  });
}

test('an experiment that was not recorded is no empty one', async () => {
  await assert.rejects(readExperiment('none'), /none\.csv/);
});

test('mean and standard deviation, of a sample', () => {
  assert.deepEqual(meanAndSpread([1, 2, 3, 6]), { mean: 3, spread: Math.sqrt(14 / 3) });
});

test('shares in per cent, with their spread where there are several', () => {
  assert.equal(percent([0.5, 0.7]), '60.0 ± 14.1'); // √(2 · 10²)
  assert.equal(percent([0.674]), '67.4');
});

test('a curve of a variant is the mean of its runs, as long as the shortest of them', () => {
  const run = (variant: string, ...losses: number[]) => ({
    variant,
    seed: 0,
    history: losses.map((loss, epoch) => ({
      epoch,
      loss,
      accuracy: 0,
      testLoss: null,
      testAccuracy: null,
    })),
  });
  assert.deepEqual(curvesByVariant([run('a', 4, 2, 1), run('b', 3), run('a', 2, 2)], 'loss'), [
    { name: 'a', y: [3, 2], spread: [Math.SQRT2, 0] },
    { name: 'b', y: [3] },
  ]);
});
