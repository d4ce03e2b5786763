import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { ResidentDataset } from 'googlenet/data';
import { getDevice, tf } from 'googlenet/runtime';
import { batchStep, evaluate, LECTURE_CONSTANTS, train, type Constants } from 'googlenet/training';
import { formulaImages } from '../training/formulaImages';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';
import { describeOnWebgpu } from './onWebgpu';

const CONSTANTS: Constants = {
  ...LECTURE_CONSTANTS,
  nSamples: 4,
  batchSize: 4,
  epochs: 2,
  lr: 0.001,
  checkpointEpochs: [],
};
/** As for parity with PyTorch. */
const TOLERANCE = 1e-4;

function assertClose(actual: number, expected: number, what: string): void {
  assertWithin(
    largestRelativeDifference([actual], [expected]),
    TOLERANCE,
    `${what}, WebGPU and TensorFlow`,
  );
}

describeOnWebgpu('training on WebGPU', () => {
  const dataset = formulaImages(CONSTANTS.nSamples);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'googlenet webgpu '));
  });
  after(() => rm(folder, { recursive: true }));

  test('the device is webgpu', () => {
    assert.equal(getDevice().type, 'webgpu');
  });

  test('a run that was stopped and went on has the losses of a run with TensorFlow', async () => {
    const directory = path.join(folder, 'webgpu');
    await train(dataset, { ...CONSTANTS, epochs: 1 }, { directory });
    const { history, model } = await train(dataset, CONSTANTS, { directory });
    const evaluation = await evaluate(model, dataset);

    await tf.setBackend('tensorflow');
    const expected = await train(dataset, CONSTANTS, { directory: path.join(folder, 'native') });
    const expectedEvaluation = await evaluate(expected.model, dataset);
    await tf.setBackend('webgpu');

    assert.equal(history.length, expected.history.length);
    for (const [epoch, { loss }] of expected.history.entries()) {
      assertClose(history[epoch]?.loss ?? NaN, loss, `the loss of epoch ${epoch}`);
    }
    assertClose(evaluation.loss, expectedEvaluation.loss, 'the loss after training');
  });

  test('a batch that does not fit names the batch size to try, and the next one runs', async () => {
    const wide = (filters: number) =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({ filters, kernelSize: 1, inputShape: [32, 32, 3] }),
          tf.layers.globalMaxPooling2d({}),
          tf.layers.dense({ units: 10 }),
        ],
      });
    const resident = new ResidentDataset(dataset);
    const batch = { indices: Int32Array.of(0, 1, 2, 3) };
    // 4 images × 1,024 pixels × 2^17 filters: 2 GiB, more than WebGPU allows a buffer here.
    const tooLarge = batchStep(wide(2 ** 17), tf.train.sgd(0.1), resident, { execution: 'eager' });
    for (let attempt = 0; attempt < 2; attempt++)
      await assert.rejects(tooLarge(batch), {
        name: 'OutOfMemoryError',
        message: /batch of 4 images .*try a batch size of 2$/,
      });
    tooLarge.dispose();

    const step = batchStep(wide(4), tf.train.sgd(0.1), resident, { execution: 'eager' });
    const { loss, correct } = await step(batch);
    assert.ok(Number.isFinite((await loss.data())[0]));
    tf.dispose([loss, correct]);
    step.dispose();
    resident.dispose();
  });

  test('bfloat16, which needs a graph, is refused', async () => {
    await assert.rejects(
      train(
        dataset,
        { ...CONSTANTS, precision: 'bfloat16' },
        { directory: path.join(folder, 'bfloat16') },
      ),
      /precision is bfloat16.*float32/,
    );
  });
});
