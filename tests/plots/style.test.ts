import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  BACKGROUND,
  INK,
  PALETTE,
  compact,
  contrast,
  textColourOn,
  ticksUpTo,
} from '../../lib/plots/style';

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

describe('contrast', () => {
  test('is that of the Web Content Accessibility Guidelines', () => {
    assert.equal(contrast('#000000', '#FFFFFF'), 21);
    assert.equal(contrast('#777777', '#777777'), 1);
    // WebAIM's contrast checker has this grey as the lightest that is enough on white.
    assert.equal(contrast('#767676', '#FFFFFF').toFixed(2), '4.54');
    // By hand: (1 + 0.05) / (0.7152 · 0.3419 + 0.0722 · 0.1714 + 0.05).
    assert.equal(contrast('#FFFFFF', '#009E73').toFixed(2), '3.42');
  });

  test('is enough for every text: on the ground, and on every colour of the palette', () => {
    for (const ink of [INK.title, INK.text, INK.muted, '#A84300', '#00704F', '#005A8C']) {
      assert.ok(contrast(ink, BACKGROUND) >= 4.5, ink);
    }
    for (const fill of Object.values(PALETTE)) {
      assert.ok(contrast(textColourOn(fill), fill) >= 4.5, fill);
    }
  });
});

test('no value is above the highest tick of its axis, and the ticks are round', () => {
  assert.deepEqual(ticksUpTo(7_077_888), { tick0: 0, dtick: 2e6, range: [0, 8e6] });
  assert.deepEqual(ticksUpTo(0), { tick0: 0, dtick: 0.5, range: [0, 0.5] });
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (highest) => {
      const { dtick, range } = ticksUpTo(highest);
      assert.ok(highest <= range[1] && range[1] - highest < dtick * (1 + 1e-9));
      assert.ok(range[1] / dtick < 5);
    }),
  );
});
