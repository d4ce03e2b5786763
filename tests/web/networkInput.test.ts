import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { networkInput } from '../../lib/web/networkInput';
import { pictureOf } from './pictures';

type Colour = readonly [red: number, green: number, blue: number, opacity?: number];

/** A picture from a colour for each pixel. */
function picture(width: number, height: number, colourAt: (x: number, y: number) => Colour) {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green, blue, opacity = 255] = colourAt(x, y);
      data.set([red, green, blue, opacity], (y * width + x) * 4);
    }
  }
  return pictureOf({ width, height, data });
}

/** Red, 0 to 255, of the pixel in a row and column of the network's input. */
const red = (input: Float32Array, row: number, column: number) =>
  Number(((input[(row * 32 + column) * 3] as number) * 255).toFixed(3));

describe('what the network is shown', () => {
  test('a picture of 32×32 pixels as it is', () => {
    const input = networkInput(picture(32, 32, (x, y) => [x * 8, y * 8, 7]));
    assert.deepEqual(
      [...input.subarray((5 * 32 + 9) * 3, (5 * 32 + 9) * 3 + 3)],
      [72, 40, 7].map((value) => Math.fround(value / 255)),
    );
    assert.equal(input.length, 32 * 32 * 3);
  });

  test('the mean of each 2×2 pixels of 64×64', () => {
    const input = networkInput(picture(64, 64, (x, y) => [x + 2 * y, 0, 0]));
    // Pixels (6, 10), (7, 10), (6, 11), (7, 11): 26, 27, 28, 29.
    assert.equal(red(input, 5, 3), 27.5);
  });

  test('of 48×48 a pixel on an edge to both sides', () => {
    const input = networkInput(picture(48, 48, (x) => [x * 5, 0, 0]));
    // Columns 0 to 1.5 and 1.5 to 3: (0 + 5/2)/1.5 and (5/2 + 10)/1.5.
    assert.deepEqual([red(input, 0, 0), red(input, 0, 1)], [1.667, 8.333]);
  });

  test('of a smaller picture each pixel several times', () => {
    const input = networkInput(picture(1, 1, () => [10, 20, 30]));
    assert.deepEqual(
      new Set(input),
      new Set([10, 20, 30].map((value) => Math.fround(value / 255))),
    );
    const halves = networkInput(picture(2, 2, (x) => [x * 100, 0, 0]));
    assert.deepEqual([red(halves, 7, 15), red(halves, 7, 16)], [0, 100]);
  });

  test('the square in the middle', () => {
    const wide = networkInput(picture(96, 32, (x) => [x, 0, 0]));
    assert.deepEqual([red(wide, 0, 0), red(wide, 0, 31)], [32, 63]);
    const tall = networkInput(picture(32, 97, (_, y) => [y, 0, 0]));
    assert.deepEqual([red(tall, 0, 0), red(tall, 31, 0)], [32, 63]);
  });

  test('what is transparent over white', () => {
    const input = networkInput(
      picture(32, 32, (x) => (x === 0 ? [9, 9, 9, 0] : [100, 100, 100, 51])),
    );
    // 100 · 0.2 + 255 · 0.8
    assert.deepEqual([red(input, 3, 0), red(input, 3, 1)], [255, 224]);
  });

  test('one colour as that colour, whatever the size', () => {
    const size = fc.integer({ min: 1, max: 100 });
    const level = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(size, size, level, (width, height, value) => {
        const input = networkInput(picture(width, height, () => [value, value, value]));
        assert.ok(input.every((one) => Math.abs(one - value / 255) < 1e-6));
      }),
      { numRuns: 30 },
    );
  });
});
