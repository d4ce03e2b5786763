import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan, WORK_NAMES } from '../../lib/dist/bench/plan';
import { VARIANTS } from '../../lib/dist/bench/variants';

test('every variant is measured in every round of every task', () => {
  const measurements = plan({ works: WORK_NAMES, batches: [128, 256], rounds: 3 }, VARIANTS);
  const counts = new Map<string, number>();
  for (const { work, batch, variant } of measurements) {
    const key = `${work} ${batch} ${variant.id}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // Losses once; steps and epochs at two batches, evaluation and inference at their own two.
  // ONNX Runtime can only infer.
  assert.equal(counts.size, (VARIANTS.length - 1) * (1 + 2 + 2 + 2 + 2) + 2);
  for (const [key, count] of counts) assert.equal(count, key.startsWith('losses') ? 1 : 3, key);
});

test('the variants take turns, and each round begins with another', () => {
  const variants = VARIANTS.slice(0, 3);
  const measurements = plan({ works: ['step'], batches: [128], rounds: 3 }, variants);
  assert.deepEqual(
    measurements.map(({ round, variant }) => `${round} ${variant.id}`),
    [
      '0 eager',
      '0 graph',
      '0 graph-bfloat16',
      '1 graph',
      '1 graph-bfloat16',
      '1 eager',
      '2 graph-bfloat16',
      '2 eager',
      '2 graph',
    ],
  );
});
