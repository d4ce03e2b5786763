import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { pickImages, type ImageDataset } from 'googlenet/data';

/** Each byte tells its image and its place in it. */
function dataset(length: number): ImageDataset {
  return {
    id: 'test',
    name: 'test images',
    split: 'test',
    classNames: ['even', 'odd'],
    images: Uint8Array.from({ length: length * 12 }, (_, i) => Math.floor(i / 12) * 12 + (i % 12)),
    labels: Uint8Array.from({ length }, (_, i) => i % 2),
    length,
    imageShape: [2, 2, 3],
  };
}

test('the images and labels asked for come in the order asked for, as often as asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (indices) => {
      const picked = pickImages(dataset(10), indices);
      assert.equal(picked.length, indices.length);
      assert.deepEqual(
        [...picked.labels],
        indices.map((index) => index % 2),
      );
      assert.deepEqual(
        [...picked.images],
        indices.flatMap((index) => Array.from({ length: 12 }, (_, place) => index * 12 + place)),
      );
    }),
  );
});

test('an index beyond the data set is refused', () => {
  for (const index of [3, -1, 0.5])
    assert.throws(
      () => pickImages(dataset(3), [0, index]),
      new RangeError(`test images has 3 images, none with index ${index}`),
    );
});
