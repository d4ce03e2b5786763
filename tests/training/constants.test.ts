import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  checkConstants,
  LECTURE_CONSTANTS,
  Pace,
  duration,
  runDirectory,
  runFiles,
} from 'googlenet/training';

describe('constants', () => {
  test("the defaults are the lecture's experiment", () => {
    assert.deepEqual(LECTURE_CONSTANTS, {
      nSamples: 50000,
      batchSize: 2048,
      epochs: 1000,
      lr: 0.0001,
      seed: 80,
      precision: 'float32',
      checkpointEpochs: [299, 499, 699, 899],
    });
    checkConstants(LECTURE_CONSTANTS);
  });

  for (const [name, value] of [
    ['epochs', 0],
    ['batchSize', 2.5],
    ['nSamples', -1],
    ['seed', NaN],
    ['precision', 'float16'],
    ['lr', 0],
    ['lr', Infinity],
    ['checkpointEpochs', [1, -1]],
    ['schedule', 'linear'],
    ['epsilon', -1e-8],
    ['clipNorm', 0],
    ['weightDecay', NaN],
    ['labelSmoothing', 1],
    ['augmentation', 'yes'],
    ['batchNorm', 1],
    ['dropout', -0.1],
    ['validation', 50_000],
    ['validation', 0.5],
    ['patience', 0],
  ] as const) {
    test(`${name} = ${JSON.stringify(value)} is refused by name`, () => {
      assert.throws(
        () => {
          checkConstants({ ...LECTURE_CONSTANTS, [name]: value });
        },
        (error) => error instanceof RangeError && error.message.startsWith(`${name} is `),
      );
    });
  }

  test('patience without images for validation is refused', () => {
    assert.throws(() => {
      checkConstants({ ...LECTURE_CONSTANTS, patience: 5 });
    }, /^RangeError: patience needs images for validation: set validation$/);
  });

  test("files of a run on other data do not pass for CIFAR-10's", () => {
    assert.equal(runFiles('model', 'cifar10').picture, 'model/googlenet_vis.png');
    assert.equal(runFiles('model', 'cifar10').metrics, 'model/googlenet_cifar10_metric.csv');
    assert.equal(
      runFiles('model', 'cifar10').checkpoint(299),
      'model/googlenet_cifar10_epoch_299.safetensors',
    );
    for (const file of Object.values(runFiles('model', 'generated'))) {
      if (typeof file === 'string') assert.doesNotMatch(file, /cifar/);
    }
  });

  test('runs of different constants have different names; more epochs go on in the same', () => {
    const name = runDirectory({ id: 'cifar10' }, LECTURE_CONSTANTS);
    assert.notEqual(name, runDirectory({ id: 'generated' }, LECTURE_CONSTANTS));
    for (const change of [
      { nSamples: 10 },
      { batchSize: 1 },
      { lr: 0.001 },
      { seed: 81 },
      { precision: 'bfloat16' },
    ] as const) {
      assert.notEqual(name, runDirectory({ id: 'cifar10' }, { ...LECTURE_CONSTANTS, ...change }));
    }
    assert.equal(name, runDirectory({ id: 'cifar10' }, { ...LECTURE_CONSTANTS, epochs: 2000 }));
    const cosine = { ...LECTURE_CONSTANTS, schedule: 'cosine' } as const;
    assert.notEqual(
      runDirectory({ id: 'cifar10' }, cosine),
      runDirectory({ id: 'cifar10' }, { ...cosine, epochs: 2000 }),
    );
  });
});

describe('pace', () => {
  test('leaves the first step out, and counts down what is left', () => {
    const times = [100, 102];
    const pace = new Pace(50, () => times.shift() ?? NaN);
    assert.deepEqual(pace.step(10), { imagesPerSecond: NaN, secondsLeft: NaN });
    assert.deepEqual(pace.step(10), { imagesPerSecond: 5, secondsLeft: 6 });
  });

  test('says durations as a person does', () => {
    assert.deepEqual([0, 59.4, 60, 725, 12_000, NaN, Infinity].map(duration), [
      '0s',
      '59s',
      '1m 00s',
      '12m 05s',
      '3h 20m',
      '?',
      '?',
    ]);
  });
});
