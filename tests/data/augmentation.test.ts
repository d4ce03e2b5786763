import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { cropImages, randomCrops } from 'googlenet/data';
import { Generator } from 'googlenet/random';
import { tf } from 'googlenet/runtime';

/** What is at a place of an image, 0 outside. */
type Pixels = (row: number, column: number) => number;

const shift = fc.integer({ min: -4, max: 4 });

describe('augmentation', () => {
  test('takes the window that was drawn, mirrored where left and right changed places', () => {
    const side = fc.integer({ min: 2, max: 33 });
    fc.assert(
      fc.property(side, side, shift, shift, fc.boolean(), (height, width, top, left, mirrored) => {
        const pixel: Pixels = (row, column) =>
          row < 0 || column < 0 || row >= height || column >= width ? 0 : 1 + row * width + column;
        const images = tf.tidy(() =>
          tf.range(1, height * width + 1).reshape<tf.Tensor4D>([1, height, width, 1]),
        );
        const right = left + width - 1;
        const bottom = top + height - 1;
        const crops = mirrored ? [top, right, bottom, left] : [top, left, bottom, right];
        const cropped = cropImages(images, Float32Array.from(crops));
        const expected = Array.from({ length: height * width }, (_, at) => {
          const [row, column] = [Math.floor(at / width), at % width];
          return pixel(top + row, left + (mirrored ? width - 1 - column : column));
        });
        assert.deepEqual([...cropped.dataSync()], expected);
        tf.dispose([images, cropped]);
      }),
    );
  });

  test('of each image of a batch its own window, all channels of it', () => {
    const images = tf.range(0, 2 * 6 * 5 * 3).reshape<tf.Tensor4D>([2, 6, 5, 3]);
    const crops = Float32Array.of(0, 0, 5, 4, 0, 4, 5, 0);
    const expected = tf.stack([images.gather(0), images.gather(1).reverse(1)]);
    assert.deepEqual(cropImages(images, crops).arraySync(), expected.arraySync());
  });

  test('draws every shift and both sides about as often as the others', () => {
    const crops = randomCrops(9000, [32, 32], new Generator(3));
    const counts = (values: readonly number[]) =>
      values.reduce(
        (found, value) => found.set(value, (found.get(value) ?? 0) + 1),
        new Map<number, number>(),
      );
    const of = (place: number) => [...crops].filter((_, at) => at % 4 === place);
    const tops = counts(of(0));
    assert.deepEqual(
      [...tops.keys()].sort((a, b) => a - b),
      [-4, -3, -2, -1, 0, 1, 2, 3, 4],
    );
    // The standard deviation of a count is 30, that of the mirrored images 47.
    for (const count of tops.values()) assert.ok(Math.abs(count - 1000) < 150, `${count}`);
    const mirrored = of(1).filter((left, image) => left > (of(3)[image] ?? 0)).length;
    assert.ok(Math.abs(mirrored - 4500) < 240, `${mirrored}`);
  });
});
