import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { ResidentDataset } from 'googlenet/data';
import { tf } from 'googlenet/runtime';
import { formulaImages } from '../training/formulaImages';

const LENGTH = 23;

// On the Node backend the bytes lie on the device; the plain JavaScript backend has no bytes.
for (const backend of ['tensorflow', 'cpu']) {
  describe(`ResidentDataset on the backend ${backend}`, () => {
    const dataset = formulaImages(LENGTH);
    let usual: string;
    let resident: ResidentDataset;
    before(async () => {
      usual = tf.getBackend();
      assert.ok(await tf.setBackend(backend));
      resident = new ResidentDataset(dataset);
    });
    after(async () => {
      resident.dispose();
      await tf.setBackend(usual);
    });

    test('gives byte / 255 in float32 and the labels, for indices and tensors of indices', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(LENGTH - 1), { minLength: 1, maxLength: 9 }),
          async (picked) => {
            const expected = picked.flatMap((index) =>
              [...dataset.images.subarray(index * 3072, (index + 1) * 3072)].map((byte) =>
                Math.fround(byte / 255),
              ),
            );
            const tensor = tf.tensor1d(picked, 'int32');
            for (const indices of [Int32Array.from(picked), tensor]) {
              const [images, labels] = [resident.images(indices), resident.labels(indices)];
              assert.deepEqual(images.shape, [picked.length, 32, 32, 3]);
              assert.deepEqual([images.dtype, labels.dtype], ['float32', 'int32']);
              assert.deepEqual(await images.data(), Float32Array.from(expected));
              assert.deepEqual(
                [...(await labels.data())],
                picked.map((index) => dataset.labels[index]),
              );
              tf.dispose([images, labels]);
            }
            tensor.dispose();
          },
        ),
        { numRuns: 15 },
      );
    });

    test('every byte becomes what PyTorch makes of it', async () => {
      const bytes = Uint8Array.from({ length: 3072 }, (_, i) => i % 256);
      const one = new ResidentDataset({ ...dataset, images: bytes, length: 1 });
      const images = one.images(Int32Array.of(0));
      const values = await images.data();
      // torch.tensor([1, 3, 7, 49, 200, 254, 255]).float().div(255).view(torch.int32).tolist()
      const bits = [
        998277249, 1010876609, 1021370593, 1044694213, 1061734601, 1065287423, 1065353216,
      ];
      const bytesAsked = [1, 3, 7, 49, 200, 254, 255];
      assert.deepEqual(
        [...new Int32Array(Float32Array.from(bytesAsked, (byte) => values[byte] ?? NaN).buffer)],
        bits,
      );
      images.dispose();
      one.dispose();
    });

    test('takes images of another size', async () => {
      const images = Uint8Array.from({ length: 36 }, (_, i) => 7 * i);
      const small = { ...dataset, images, length: 3, imageShape: [2, 2, 3] as const };
      const resident = new ResidentDataset(small);
      const picked = resident.images(Int32Array.of(2, 1));
      assert.deepEqual(picked.shape, [2, 2, 2, 3]);
      const bytes = [...images.subarray(24, 36), ...images.subarray(12, 24)];
      assert.deepEqual(
        await picked.data(),
        Float32Array.from(bytes, (byte) => byte / 255),
      );
      picked.dispose();
      resident.dispose();
    });

    test('refuses indices of no image, and what are no indices', () => {
      for (const wrong of [-1, LENGTH]) {
        assert.throws(() => resident.images(Int32Array.of(0, wrong)), /no image/);
        assert.throws(() => resident.labels(Int32Array.of(wrong)), /no image/);
        const tensor = tf.tensor1d([wrong], 'int32');
        assert.throws(() => resident.images(tensor));
        assert.throws(() => resident.labels(tensor));
        tensor.dispose();
      }
      const float = tf.tensor1d([0]);
      assert.throws(() => resident.images(float), /float32; they must be int32/);
      float.dispose();
    });

    test('leaves no tensor behind, and stays when a tidy around it ends', () => {
      const before = tf.memory().numTensors;
      let made: ResidentDataset | undefined;
      tf.tidy(() => {
        made = new ResidentDataset(dataset);
        made.images(Int32Array.of(1));
      });
      assert.ok(made);
      for (let call = 0; call < 10; call++) {
        made.images(Int32Array.of(call)).dispose();
        made.labels(Int32Array.of(call)).dispose();
      }
      made.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  });
}
