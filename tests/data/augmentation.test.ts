import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  cropImages,
  pasteBoxes,
  randomBoxes,
  randomCrops,
  shiftedViews,
  viewCrops,
} from 'googlenet/data';
import { Generator } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin } from '../bounds/assertWithin';

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
    const [lefts, rights] = [of(1), of(3)];
    const mirrored = lefts.filter((left, image) => left > (rights[image] ?? 0)).length;
    assert.ok(Math.abs(mirrored - 4500) < 240, `${mirrored}`);
  });

  test('fills a box of each image from another, and tells its share', () => {
    const edge = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(edge, edge, edge, edge, (top, left, bottom, right) => {
        const [own, other] = [
          tf.zeros<tf.Rank.R4>([1, 6, 6, 2]),
          tf.ones<tf.Rank.R4>([1, 6, 6, 2]),
        ];
        const { images, shares } = pasteBoxes(
          own,
          other,
          Float32Array.of(top, left, bottom, right),
        );
        const inside = (row: number, column: number) =>
          row >= top && row < bottom && column >= left && column < right;
        const expected = Array.from({ length: 36 }, (_, at): number =>
          inside(Math.floor(at / 6), at % 6) ? 1 : 0,
        );
        assert.deepEqual(
          [...images.dataSync()],
          expected.flatMap((value) => [value, value]),
        );
        const share = expected.reduce((sum, value) => sum + value, 0) / 36;
        assertWithin(Math.abs((shares.dataSync()[0] ?? NaN) - share), 1e-6, "a box's share");
        tf.dispose([own, other, images, shares]);
      }),
    );
  });

  test('draws boxes inside the image, for as many images as it should', () => {
    const boxes = randomBoxes(4000, [32, 24], 0.25, new Generator(3));
    let filled = 0;
    for (let image = 0; image < 4000; image++) {
      const [top = NaN, left = NaN, bottom = NaN, right = NaN] = boxes.slice(4 * image);
      assert.ok(0 <= top && top <= bottom && bottom <= 32, `${top} to ${bottom}`);
      assert.ok(0 <= left && left <= right && right <= 24, `${left} to ${right}`);
      if (bottom > top && right > left) filled++;
    }
    // One in some hundred boxes is narrower than a pixel; the standard deviation is 27.
    assert.ok(Math.abs(filled - 1000) < 150, `${filled}`);
    assert.ok(randomBoxes(100, [32, 32], 0, new Generator(3)).every((edge) => edge === 0));
  });

  test('views are the image and its mirror image, in their place and moved to all sides', () => {
    const image = tf.range(1, 26).reshape<tf.Tensor4D>([1, 5, 5, 1]);
    const seen = shiftedViews(1).map((view) =>
      cropImages(image, viewCrops(1, [5, 5], view)).arraySync(),
    );
    assert.equal(new Set(seen.map((view) => JSON.stringify(view))).size, 18);
    const moved = (top: number, left: number) =>
      tf
        .pad(image, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ])
        .slice([0, 1 + top, 1 + left, 0], [1, 5, 5, 1]);
    for (const top of [-1, 0, 1]) {
      for (const left of [-1, 0, 1]) {
        const [plain, mirrored] = [moved(top, left), moved(top, left).reverse(2)];
        for (const expected of [plain.arraySync(), mirrored.arraySync()]) {
          assert.ok(seen.some((view) => JSON.stringify(view) === JSON.stringify(expected)));
        }
      }
    }
  });
});
