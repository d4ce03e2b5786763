import assert from 'node:assert/strict';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { LECTURE_RESULTS, RECORDED_RUN, readRecordedModels } from 'googlenet/notebook';
import { GoogLeNet, countParameters, loadStateDict, readSafetensors } from 'googlenet/nn';
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

  test('has weights, in float16, that say where they come from', async () => {
    const file = path.join(
      path.dirname(RECORDED_RUN),
      'googlenet_cifar10_epoch_299_float16.safetensors',
    );
    const { metadata = {}, tensors } = await readSafetensors(file);
    const values = [...tensors.values()];
    assert.ok(values.every(({ half }) => half === 'F16'));

    const network = new GoogLeNet(3, 'cifar10');
    await loadStateDict(network, file);
    assert.equal(
      countParameters(network),
      values.reduce((count, { data }) => count + data.length, 0),
    );
    network.dispose();

    const kept = await readRecordedModels();
    const whole = kept.find(({ epoch }) => epoch === Number(metadata.epoch));
    // Rounding may move an image that lies on the border of two classes: here 11 of 10,000 did.
    assert.ok(Math.abs(Number(metadata.testAccuracy) - (whole?.testAccuracy ?? NaN)) < 0.01);
    for (const key of ['network', 'data', 'constants', 'hardware', 'testLoss', 'testData']) {
      assert.ok(metadata[key], key);
    }
  });
});
