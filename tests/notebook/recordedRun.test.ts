import assert from 'node:assert/strict';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import {
  LECTURE_RESULTS,
  RECIPE_WEIGHTS,
  RECORDED_RUN,
  RECORDED_WEIGHTS,
  readRecordedModels,
} from 'googlenet/notebook';
import { GoogLeNet, loadStateDict, readSafetensors } from 'googlenet/nn';
import { LECTURE_CONSTANTS, readMetrics } from 'googlenet/training';

const IMAGES = 50_000;
const TEST_IMAGES = 10_000;

/** That an accuracy is a number of images out of so many. */
function isShare(accuracy: number, images: number): void {
  assert.ok(accuracy >= 0 && accuracy <= 1, `${accuracy}`);
  assert.equal(Math.round(accuracy * images) / images, accuracy);
}

describe("the recorded run of the lecture's experiment", () => {
  test('has a row for every epoch so far, from the loss of guessing on', async () => {
    const recorded = await readMetrics(RECORDED_RUN);
    assert.deepEqual(
      recorded.map(({ epoch }) => epoch),
      [...recorded.keys()],
    );
    assert.ok(recorded.length <= LECTURE_CONSTANTS.epochs);
    for (const { accuracy, loss } of recorded) {
      isShare(accuracy, IMAGES);
      assert.ok(loss > 0 && Number.isFinite(loss));
    }
    // What the lecture printed of its own first epoch, to its four decimals.
    const [first, theLectures] = [recorded[0], LECTURE_RESULTS[0]];
    assert.equal(first?.loss.toFixed(4), theLectures?.loss.toFixed(4));
    assert.equal(first?.accuracy, theLectures?.accuracy);
  });

  test('agrees with the metrics of the models that were kept of it', async () => {
    const recorded = await readMetrics(RECORDED_RUN);
    const kept = await readRecordedModels();
    assert.ok(kept.length > 0);
    const epochs = kept.map(({ epoch }) => epoch);
    assert.deepEqual(
      epochs,
      [...new Set(epochs)].sort((a, b) => a - b),
    );
    for (const { testAccuracy, testLoss, ...metrics } of kept) {
      assert.deepEqual(metrics, recorded[metrics.epoch]);
      isShare(testAccuracy, TEST_IMAGES);
      assert.ok(testLoss > 0 && Number.isFinite(testLoss));
    }
  });

  for (const [file, options] of [
    [RECORDED_WEIGHTS, {}],
    [RECIPE_WEIGHTS, { batchNorm: true }],
  ] as const) {
    test(`${path.basename(file)} has weights in float16, and says where they come from`, async () => {
      const { metadata = {}, tensors } = await readSafetensors(file);
      for (const [name, { half }] of tensors) {
        assert.equal(half, name.endsWith('num_batches_tracked') ? undefined : 'F16', name);
      }
      for (const key of ['network', 'data', 'constants', 'hardware', 'testLoss', 'testData']) {
        assert.ok(metadata[key], key);
      }
      isShare(Number(metadata.testAccuracy), TEST_IMAGES);
      const network = new GoogLeNet(3, 'cifar10', options);
      await loadStateDict(network, file);
      network.dispose();
    });
  }

  test('has about the accuracy of its weights in float32', async () => {
    const { metadata = {} } = await readSafetensors(RECORDED_WEIGHTS);
    const kept = await readRecordedModels();
    const whole = kept.find(({ epoch }) => epoch === Number(metadata.epoch));
    // Rounding may move an image that lies on the border of two classes: here 11 of 10,000 did.
    assert.ok(Math.abs(Number(metadata.testAccuracy) - (whole?.testAccuracy ?? NaN)) < 0.01);
  });
});
