import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ResidentDataset } from 'googlenet/data';
import { tf } from 'googlenet/runtime';
import { batchStep, trainStep, type Execution } from 'googlenet/training';
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
    test('keeps what each step found until it is read, in order', async () => {
      const resident = new ResidentDataset(dataset);
      const [model, expectedModel] = [brightness(), brightness()];
      const step = batchStep(model, tf.train.sgd(0.1), resident, execution);
      const expectedOptimizer = tf.train.sgd(0.1);
      const expectedLoss = () => {
        const { loss } = trainStep(
          expectedModel,
          expectedOptimizer,
          resident.images(BATCH),
          resident.labels(BATCH),
        );
        return loss.dataSync()[0] ?? NaN;
      };
      // More than the device keeps at a time.
      for (const steps of [1, 3, 0, 150]) {
        for (let i = 0; i < steps; i++) await step.run(BATCH);
        const results = await step.read();
        assert.equal(results.length, steps);
        for (const { loss, correct } of results) {
          const expected = expectedLoss();
          assertWithin(
            largestRelativeDifference([loss], [expected]),
            1e-5,
            'losses of steps on the data set and of single ones',
          );
          assert.ok(Number.isInteger(correct) && correct >= 0 && correct <= BATCH.length);
        }
      }
      step.dispose();
      resident.dispose();
    });

    test('leaves no tensor behind', async () => {
      const resident = new ResidentDataset(dataset);
      const step = batchStep(brightness(), tf.train.sgd(0.1), resident, execution);
      const counts: number[] = [];
      for (let i = 0; i < 4; i++) {
        await step.run(BATCH);
        await step.read();
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
      const tooLarge = batchStep(brightness(2 ** 21), tf.train.sgd(0.1), resident, execution);
      const counts: number[] = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        await assert.rejects(tooLarge.run(BATCH), {
          name: 'OutOfMemoryError',
          message: /batch of 4 images .*try a batch size of 2$/,
        });
        counts.push(tf.memory().numTensors);
      }
      // A notebook goes on with the memory it had.
      assert.deepEqual(counts.slice(1), [counts[0], counts[0]]);
      await assert.rejects(tooLarge.run(Int32Array.of(0)), {
        name: 'OutOfMemoryError',
        message: /batch of one image .*end other programs/,
      });
      assert.deepEqual(await tooLarge.read(), []);
      tooLarge.dispose();

      const step = batchStep(brightness(), tf.train.sgd(0.1), resident, execution);
      await step.run(BATCH);
      assert.equal((await step.read()).length, 1);
      step.dispose();
      resident.dispose();
    });
  });
}
