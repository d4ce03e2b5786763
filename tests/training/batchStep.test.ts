import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ResidentDataset } from 'googlenet/data';
import type { Execution } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';
import { batchStep, trainStep } from 'googlenet/training';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';
import { formulaImages } from './formulaImages';

const dataset = formulaImages(8);
const BATCH = Int32Array.of(3, 1, 4, 5);

/** Ten logits for an image, each the mean brightness times a weight. */
function brightness(enlarged = 1): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.upSampling2d({ size: [enlarged, enlarged], inputShape: [32, 32, 3] }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 10, kernelInitializer: 'ones' }),
    ],
  });
}

for (const execution of ['graph', 'eager'] satisfies Execution[]) {
  describe(`a batch step, ${execution}`, () => {
    test('finds what a step on the images finds', async () => {
      const resident = new ResidentDataset(dataset);
      const [model, expectedModel] = [brightness(), brightness()];
      const step = batchStep(model, tf.train.sgd(0.1), resident, { execution });
      const expectedOptimizer = tf.train.sgd(0.1);
      for (let i = 0; i < 20; i++) {
        const actual = await step({ indices: BATCH });
        const expected = trainStep(
          expectedModel,
          expectedOptimizer,
          resident.images(BATCH),
          resident.labels(BATCH),
        );
        assertWithin(
          largestRelativeDifference(actual.loss.dataSync(), expected.loss.dataSync()),
          1e-5,
          'losses of steps on the data set and on its images',
        );
        assert.deepEqual(actual.correct.dataSync(), expected.correct.dataSync());
        tf.dispose([actual, expected]);
      }
      step.dispose();
      resident.dispose();
    });

    test('leaves no tensor behind', async () => {
      const resident = new ResidentDataset(dataset);
      const step = batchStep(brightness(), tf.train.sgd(0.1), resident, { execution });
      const counts: number[] = [];
      for (let i = 0; i < 4; i++) {
        tf.dispose(await step({ indices: BATCH }));
        counts.push(tf.memory().numTensors);
      }
      // The first step may make what stays.
      assert.deepEqual(counts.slice(2), [counts[1], counts[1]]);
      step.dispose();
      resident.dispose();
    });

    test('a batch that does not fit names the batch size to try, and the next one runs', async () => {
      const resident = new ResidentDataset(dataset);
      // 2^52 values for an image: more bytes than a process can address.
      const tooLarge = batchStep(brightness(2 ** 21), tf.train.sgd(0.1), resident, { execution });
      const counts: number[] = [];
      for (let attempt = 0; attempt < 2; attempt++) {
        await assert.rejects(tooLarge({ indices: BATCH }), {
          name: 'OutOfMemoryError',
          message: /batch of 4 images .*try a batch size of 2$/,
        });
        counts.push(tf.memory().numTensors);
      }
      // A notebook goes on with the memory it had.
      assert.equal(counts[1], counts[0]);
      await assert.rejects(tooLarge({ indices: Int32Array.of(0) }), {
        name: 'OutOfMemoryError',
        message: /batch of one image .*end other programs/,
      });
      tooLarge.dispose();

      const step = batchStep(brightness(), tf.train.sgd(0.1), resident, { execution });
      tf.dispose(await step({ indices: BATCH }));
      step.dispose();
      resident.dispose();
    });
  });
}
