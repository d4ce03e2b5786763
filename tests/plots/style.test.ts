import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compact } from '../../lib/plots/style';

test('a large number is shown with its unit', () => {
  for (const [value, text] of [
    [0, '0'],
    [416, '416'],
    [12.345, '12.35'],
    [163_696, '163.7 k'],
    [999_999, '1.00 M'],
    [1_634_560_000, '1.63 G'],
  ] as const) {
    assert.equal(compact(value), text);
  }
  assert.equal(compact(163_696, 3), '164 k');
  assert.equal(compact(999.999), '1.00 k');
});

test('the number before a unit is at least 1 and less than 1,000, and the value to three digits', () => {
  const factors = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 11.9, noNaN: true }),
      fc.constantFrom(3 as const, 4 as const),
      (exponent, digits) => {
        const value = 10 ** exponent;
        const [number = '', unit = ''] = compact(value, digits).split(' ');
        const shown = Number(number);
        assert.ok(shown >= 1 && shown < 1000, compact(value, digits));
        const error = Math.abs(shown * factors[unit as keyof typeof factors] - value);
        assert.ok(error <= value * 0.005, compact(value, digits));
        // As long as the digits asked for, with its point.
        if (unit !== '') assert.ok(number.length <= digits + 1, number);
      },
    ),
  );
});
