import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { GoogLeNet } from 'googlenet/nn';
import { stageGradients } from 'googlenet/notebook';
import { manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';
import { formulaImages } from '../training/formulaImages';

test("the gradient of each stage has PyTorch's size, and nothing is left behind", async () => {
  const fixture = readFileSync(path.join(__dirname, '..', 'training', 'lecture_run.json'), 'utf8');
  const { stage_gradients: pytorch } = JSON.parse(fixture) as {
    stage_gradients: Record<string, number>;
  };
  manualSeed(80);
  const googLeNet = new GoogLeNet(3, 'cifar10');
  const weights = await Promise.all(googLeNet.parameters().map((weight) => weight.data()));
  const { numTensors } = tf.memory();

  const stages = await stageGradients(googLeNet, formulaImages(5));

  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(
    stages.map(({ name }) => name),
    Object.keys(pytorch),
  );
  for (const { name, rms } of stages) {
    const difference = largestRelativeDifference([rms], [pytorch[name] as number]);
    assertWithin(difference, 1e-3, `size of the gradient of ${name}`);
  }
  assert.deepEqual(
    await Promise.all(googLeNet.parameters().map((weight) => weight.data())),
    weights,
    'the network is not trained',
  );
});

test('dropout in auxiliary classifiers draws the same at each call', async () => {
  manualSeed(80);
  const network = new GoogLeNet(3, 'cifar10', { auxiliary: true });
  const images = formulaImages(5);
  assert.deepEqual(await stageGradients(network, images), await stageGradients(network, images));
  network.dispose();
});
