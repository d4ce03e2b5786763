import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareNumbers, deviceParity } from '../../lib/dist/report/parity';
import { assertWithin } from '../bounds/assertWithin';

function numbers(tensors: Record<string, number[]>) {
  return new Map(
    Object.entries(tensors).map(([name, values]) => [
      name,
      { shape: [values.length], data: Float32Array.from(values) },
    ]),
  );
}

test('the worst tensor of each kind counts, relative to its largest value', () => {
  const expected = numbers({ forward: [1, -4], 'gradient 0': [0, 2], 'gradient 1': [8, 0] });
  const actual = numbers({ forward: [1, -3], 'gradient 0': [0, 2], 'gradient 1': [8, 4] });
  assert.deepEqual(compareNumbers(expected, actual), [
    { what: 'forward', difference: 0.25 },
    { what: 'gradient', difference: 0.5 },
  ]);
});

test('a tensor that is missing, or not a number, is no parity', () => {
  assert.equal(compareNumbers(numbers({ a: [1] }), numbers({}))[0]?.difference, NaN);
  assert.equal(compareNumbers(numbers({ a: [1] }), numbers({ a: [NaN] }))[0]?.difference, NaN);
});

test('the CPU has parity with itself: logits, gradients and five Adam steps', async () => {
  const before = process.env.CUDA_VISIBLE_DEVICES;
  process.env.CUDA_VISIBLE_DEVICES = '-1';
  try {
    const differences = await deviceParity('float32');
    assert.deepEqual(
      differences.map(({ what }) => what),
      ['op by op', 'graph'].flatMap((execution) =>
        ['forward', 'gradient', 'Adam step'].map((what) => `${what}, ${execution}`),
      ),
    );
    for (const { what, difference } of differences) assertWithin(difference, 1e-6, what);
  } finally {
    if (before === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = before;
  }
});
