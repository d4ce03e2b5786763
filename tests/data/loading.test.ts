import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DataLoader, loadGenerated, ResidentDataset } from 'googlenet/data';
import { adam, crossEntropyLoss } from 'googlenet/nn';
import { Generator, manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { countCorrect } from 'googlenet/training';
import { formulaImages } from '../training/formulaImages';

describe('DataLoader', () => {
  test('visits every image once an epoch, the last batch the smaller one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 64 }),
        fc.boolean(),
        (length, batchSize, shuffle) => {
          const loader = new DataLoader(
            { length },
            { batchSize, shuffle, generator: new Generator(1) },
          );
          const batches = loader.batches();
          assert.equal(batches.length, loader.length);
          assert.equal(loader.length, Math.ceil(length / batchSize));
          assert.ok(batches.slice(0, -1).every((batch) => batch.length === batchSize));
          const seen = batches.flatMap((batch) => [...batch]).sort((a, b) => a - b);
          assert.deepEqual(
            seen,
            Array.from({ length }, (_, index) => index),
          );
        },
      ),
    );
  });

  test("shuffles as PyTorch's DataLoader does for the same seed", () => {
    // torch.manual_seed(80); next(iter(DataLoader(TensorDataset(torch.arange(2560)), 8, shuffle=True)))
    manualSeed(80);
    const loader = new DataLoader({ length: 2560 }, { batchSize: 8, shuffle: true });
    assert.deepEqual(
      [...(loader.batches()[0] ?? [])],
      [1227, 1141, 1244, 1279, 2481, 793, 1803, 1023],
    );
  });

  test('without shuffling keeps the order', () => {
    const batches = new DataLoader({ length: 5 }, { batchSize: 2, shuffle: false }).batches();
    assert.deepEqual(
      batches.map((batch) => [...batch]),
      [[0, 1], [2, 3], [4]],
    );
  });

  test('refuses a batch size that is none', () => {
    assert.throws(
      () => new DataLoader({ length: 5 }, { batchSize: 0, shuffle: false }),
      /batchSize is 0/,
    );
  });
});

describe('ResidentDataset', () => {
  test('gives images as ToTensor does, byte / 255 in float32, and their labels', async () => {
    const dataset = formulaImages(20);
    const resident = new ResidentDataset(dataset);
    const indices = Int32Array.of(7, 0, 19, 7);
    const images = resident.images(indices);
    assert.deepEqual(images.shape, [4, 32, 32, 3]);
    const expected = [...indices].flatMap((index) =>
      [...dataset.images.subarray(index * 3072, (index + 1) * 3072)].map((byte) =>
        Math.fround(byte / 255),
      ),
    );
    assert.deepEqual(await images.data(), Float32Array.from(expected));
    assert.deepEqual(await resident.labels(indices).data(), Int32Array.of(7, 0, 9, 7));
    resident.dispose();
  });

  test('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const resident = new ResidentDataset(formulaImages(4));
    tf.dispose([resident.images(Int32Array.of(1)), resident.labels(Int32Array.of(1))]);
    resident.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('the generated set', () => {
  test('says that it is not CIFAR-10', async () => {
    const { name, id, classNames } = await loadGenerated('test');
    assert.match(name, /not CIFAR-10/);
    assert.doesNotMatch(id, /cifar/);
    assert.equal(classNames.includes('airplane'), false);
  });

  test('has 5,000 and 1,000 images, as many of each of ten classes, none of them twice', async () => {
    const [train, testSet] = [await loadGenerated('train'), await loadGenerated('test')];
    assert.deepEqual([train.length, testSet.length], [5000, 1000]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) counts[label] = (counts[label] ?? 0) + 1;
    assert.deepEqual(counts, new Array(10).fill(500));
    const pictures = [train, testSet].flatMap(({ images, length }) =>
      Array.from({ length }, (_, index) =>
        Buffer.from(images.subarray(index * 3072, (index + 1) * 3072)).toString('base64'),
      ),
    );
    assert.equal(new Set(pictures).size, 6000);
  });

  test('is too hard for a linear classifier', async () => {
    const [train, testSet] = [await loadGenerated('train'), await loadGenerated('test')];
    const features = (images: Uint8Array, length: number) =>
      tf.tensor2d(images, [length, 3072]).toFloat().div<tf.Tensor2D>(255);
    const weights = tf.variable(tf.zeros([3072, 10]));
    const bias = tf.variable(tf.zeros([10]));
    const logits = (x: tf.Tensor2D) =>
      tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(x, weights), bias));
    const [x, y] = [features(train.images, 5000), tf.tensor1d(train.labels, 'int32')];
    const optimizer = adam(1e-3);
    for (let epoch = 0; epoch < 10; epoch++) {
      for (let start = 0; start < 5000; start += 125) {
        optimizer.minimize(() =>
          crossEntropyLoss(logits(x.slice(start, 125)), y.slice(start, 125)),
        );
      }
    }
    const correct = countCorrect(
      logits(features(testSet.images, 1000)),
      tf.tensor1d(testSet.labels, 'int32'),
    );
    // The lecture's network reaches about 0.8 in the time that notebook 4 gives it.
    const accuracy = correct.arraySync() / 1000;
    assert.ok(accuracy > 0.15 && accuracy < 0.5, `${accuracy}`);
  });
});
