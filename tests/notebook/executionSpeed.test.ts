import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureExecution } from 'googlenet/notebook';
import { tf } from 'googlenet/runtime';
import { LECTURE_CONSTANTS } from 'googlenet/training';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';
import { formulaImages } from '../training/formulaImages';

test('op by op and as a graph, the same steps are timed and give the same losses', async () => {
  const before = tf.memory().numTensors;
  const constants = { ...LECTURE_CONSTANTS, batchSize: 8 };
  const [eager, graph] = await measureExecution(formulaImages(16), constants, 3);
  assert.ok(eager && graph);
  assert.deepEqual([eager.execution, graph.execution], ['eager', 'graph']);
  assert.equal(eager.losses.length, 4);
  assertWithin(
    largestRelativeDifference(graph.losses, eager.losses),
    1e-5,
    'losses of four steps, graph and op by op',
  );
  for (const { imagesPerSecond, secondsPerStep, firstStepSeconds } of [eager, graph]) {
    assert.ok(firstStepSeconds > 0 && secondsPerStep > 0);
    assert.equal(imagesPerSecond, 8 / secondsPerStep);
  }
  assert.equal(tf.memory().numTensors, before);
});
