import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DataLoader } from 'googlenet/data';
import { Generator, manualSeed, randomInt64 } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { formulaImages } from '../training/formulaImages';

interface Case {
  length: number;
  batchSize: number;
  shuffle: boolean;
  seed: number;
  ownGenerator: boolean;
  batches: number;
  /** The number that each generator gives after all epochs. */
  after: { default: string; own: string | null };
  epochs?: number[][][];
  /** Of all epochs' indices as 32-bit integers, one after the other. */
  sha256?: string;
}

const EPOCHS = 3;

/** What PyTorch's DataLoader did; made by make_fixtures.py. */
const { cases } = JSON.parse(readFileSync(path.join(__dirname, 'torch_loader.json'), 'utf8')) as {
  cases: Case[];
};

describe("an epoch's order, as PyTorch's DataLoader", () => {
  for (const { length, batchSize, shuffle, seed, ownGenerator, ...expected } of cases) {
    const how = `${shuffle ? 'shuffled' : 'in sequence'}, seed ${seed}${ownGenerator ? ', own generator' : ''}`;
    test(`${length} samples in batches of ${batchSize}, ${how}`, () => {
      manualSeed(seed);
      const generator = ownGenerator ? new Generator(seed + 1) : undefined;
      const loader = new DataLoader(
        { length },
        { batchSize, shuffle, ...(generator && { generator }) },
      );
      assert.equal(loader.length, expected.batches);
      const epochs = Array.from({ length: EPOCHS }, () => loader.batches());

      if (expected.epochs) {
        assert.deepEqual(
          epochs.map((epoch) => epoch.map((batch) => [...batch])),
          expected.epochs,
        );
      } else {
        const hash = createHash('sha256');
        epochs.flat().forEach((batch) => hash.update(batch));
        assert.equal(hash.digest('hex'), expected.sha256);
      }
      assert.equal(randomInt64().toString(), expected.after.default);
      if (generator) assert.equal(randomInt64(generator).toString(), expected.after.own);
    });
  }
});

test("the lecture's seed gives PyTorch's first batch", () => {
  // torch.manual_seed(80); next(iter(DataLoader(TensorDataset(torch.arange(2560)), 8, shuffle=True)))
  manualSeed(80);
  const loader = new DataLoader({ length: 2560 }, { batchSize: 8, shuffle: true });
  assert.deepEqual(
    [...(loader.batches()[0] ?? [])],
    [1227, 1141, 1244, 1279, 2481, 793, 1803, 1023],
  );
});

test('every epoch visits every sample once, in batches of the size asked for but the last', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 320 }),
      fc.boolean(),
      (length, batchSize, shuffle) => {
        const loader = new DataLoader({ length }, { batchSize, shuffle });
        const batches = loader.batches();
        assert.equal(batches.length, loader.length);
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

test('a batch size that is none is refused', () => {
  for (const batchSize of [0, -1, 1.5, NaN]) {
    assert.throws(() => new DataLoader({ length: 3 }, { batchSize, shuffle: true }), /batchSize/);
  }
});

describe('the loop over a loader', () => {
  const dataset = formulaImages(5);
  const pixels = 32 * 32 * 3;

  test("gives each batch's images, from 0 to 1, and labels, in the order of batches()", () => {
    manualSeed(80);
    const expected = new DataLoader(dataset, { batchSize: 2, shuffle: true }).batches();
    manualSeed(80);
    const shapes: number[][] = [];
    for (const [X, y] of new DataLoader(dataset, { batchSize: 2, shuffle: true })) {
      const indices = [...(expected[shapes.length] ?? [])];
      assert.deepEqual(
        [...y.dataSync()],
        indices.map((index) => dataset.labels[index]),
      );
      const bytes = indices.flatMap((index) => [
        ...dataset.images.subarray(index * pixels, (index + 1) * pixels),
      ]);
      assert.deepEqual(
        X.dataSync(),
        Float32Array.from(bytes, (byte) => byte / 255),
      );
      shapes.push(X.shape);
    }
    assert.deepEqual(shapes, [
      [2, 32, 32, 3],
      [2, 32, 32, 3],
      [1, 32, 32, 3],
    ]);
  });

  test('leaves no tensor behind, also where it is left early', () => {
    const { numTensors } = tf.memory();
    const loader = new DataLoader(dataset, { batchSize: 2, shuffle: false });
    for (const [X, y] of loader) assert.equal(X.shape[0], y.shape[0]);
    for (const [X] of loader) {
      assert.equal(X.shape[0], 2);
      break;
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });
});
