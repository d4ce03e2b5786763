import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GoogLeNet, loadStateDict, saveStateDict } from 'googlenet/nn';
import { manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import {
  bestCheckpoint,
  evaluate,
  evaluateCheckpoints,
  findCheckpoints,
  LECTURE_CONSTANTS,
  listCheckpoints,
  runFiles,
  type Constants,
  type EpochMetrics,
  type EvaluatedCheckpoint,
  type RunFiles,
} from 'googlenet/training';
import { assertWithin } from '../bounds/assertWithin';
import { formulaImages } from './formulaImages';

const CONSTANTS: Constants = { ...LECTURE_CONSTANTS, epochs: 5, checkpointEpochs: [1, 3] };

const evaluated = (epoch: number, accuracy: number, loss: number): EvaluatedCheckpoint => ({
  epoch,
  file: `epoch ${epoch}`,
  evaluation: {
    accuracy,
    loss,
    perClassAccuracy: [],
    confusion: [],
    predictions: new Uint8Array(),
  },
});

describe('the best checkpoint', () => {
  test('is the one of the highest accuracy, whatever its loss and place', () => {
    const best = evaluated(1, 0.7, 1.9);
    const others = [evaluated(0, 0.6, 1.1), evaluated(2, 0.65, 1.2)];
    assert.equal(bestCheckpoint([...others, best]), best);
    assert.equal(bestCheckpoint([best, ...others]), best);
  });

  test('is of equal accuracies the one of the lowest loss', () => {
    const best = evaluated(1, 0.7, 1.1);
    const list = [evaluated(0, 0.7, 1.2), best, evaluated(2, 0.7, 1.3), evaluated(3, 0.6, 0.9)];
    assert.equal(bestCheckpoint(list), best);
    assert.equal(bestCheckpoint(list.reverse()), best);
  });

  test('leaves the list in its order', () => {
    const list = [evaluated(0, 0.5, 1), evaluated(1, 0.7, 1)];
    bestCheckpoint(list);
    assert.deepEqual(
      list.map(({ epoch }) => epoch),
      [0, 1],
    );
  });

  test('of none is an error', () => {
    assert.throws(() => bestCheckpoint([]), RangeError);
  });
});

describe('the checkpoints of a run', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'googlenet checkpoints '));
  });
  after(() => rm(folder, { recursive: true }));

  /** The files of a run that has kept these. */
  async function run(kept: (files: RunFiles) => string[]): Promise<RunFiles> {
    const files = runFiles(await mkdtemp(path.join(folder, 'run ')), 'formula');
    for (const file of kept(files)) await writeFile(file, '');
    return files;
  }

  test('are listed by epoch, the final model last', async () => {
    const files = await run((of) => [of.model, of.checkpoint(3), of.checkpoint(1)]);
    assert.deepEqual(listCheckpoints(files, CONSTANTS), [
      { epoch: 1, file: files.checkpoint(1) },
      { epoch: 3, file: files.checkpoint(3) },
      { epoch: 4, file: files.model },
    ]);
  });

  test('are those that are there: an unfinished run has no final model', async () => {
    const files = await run((of) => [of.checkpoint(1), of.checkpoint(2)]);
    assert.deepEqual(listCheckpoints(files, CONSTANTS), [{ epoch: 1, file: files.checkpoint(1) }]);
  });

  test('have the last epoch once, though it is a checkpoint too, and none after it', async () => {
    const files = await run((of) => [of.checkpoint(4), of.checkpoint(9), of.model]);
    assert.deepEqual(listCheckpoints(files, { ...CONSTANTS, checkpointEpochs: [4, 9] }), [
      { epoch: 4, file: files.model },
    ]);
  });

  test('are in order, each once, however the epochs were asked for', async () => {
    const files = await run((names) => [names.checkpoint(0), names.checkpoint(1)]);
    const listed = listCheckpoints(files, { ...CONSTANTS, checkpointEpochs: [1, 0, 1] });
    assert.deepEqual(
      listed.map(({ epoch }) => epoch),
      [0, 1],
    );
  });

  const validated = (...losses: number[]): EpochMetrics[] =>
    losses.map((validationLoss, epoch) => ({ epoch, loss: 1, accuracy: 0.5, validationLoss }));

  test('have that of the lowest validation loss among them, unless it was kept anyway', async () => {
    const files = await run((of) => [of.best, of.checkpoint(1), of.checkpoint(3), of.model]);
    assert.deepEqual(findCheckpoints(files, CONSTANTS, validated(5, 4, 3, 4, 5)), [
      { epoch: 1, file: files.checkpoint(1) },
      { epoch: 2, file: files.best },
      { epoch: 3, file: files.checkpoint(3) },
      { epoch: 4, file: files.model },
    ]);
    assert.deepEqual(
      findCheckpoints(files, CONSTANTS, validated(5, 4, 3, 2, 5)).map(({ epoch }) => epoch),
      [1, 3, 4],
    );
  });

  test('end with the epoch that the run ended with, be it earlier than was asked for', async () => {
    const files = await run((of) => [of.best, of.checkpoint(1), of.model]);
    assert.deepEqual(findCheckpoints(files, CONSTANTS, validated(3, 4, 5)), [
      { epoch: 0, file: files.best },
      { epoch: 1, file: files.checkpoint(1) },
      { epoch: 2, file: files.model },
    ]);
  });

  test('of a run that was stopped are those until then, perhaps none', async () => {
    const history = validated(3, 4).map(({ epoch, loss, accuracy }) => ({ epoch, loss, accuracy }));
    const files = await run((of) => [of.checkpoint(1), of.checkpoint(3)]);
    assert.deepEqual(findCheckpoints(files, CONSTANTS, history), [
      { epoch: 1, file: files.checkpoint(1) },
    ]);
    assert.deepEqual(findCheckpoints(await run(() => []), CONSTANTS, []), []);
  });

  test('that are missing altogether are an error that names the directory', async () => {
    const files = await run(() => []);
    assert.throws(
      () => listCheckpoints(files, CONSTANTS),
      (error: Error) => error.message.includes(files.directory) && /train it/.test(error.message),
    );
  });
});

describe('evaluating checkpoints', () => {
  const dataset = formulaImages(40);
  let folder: string;
  let files: string[];
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'googlenet checkpoints '));
    files = [];
    for (const seed of [1, 2]) {
      manualSeed(seed);
      const { model } = new GoogLeNet(3, 'cifar10');
      const file = path.join(folder, `${seed}.safetensors`);
      await saveStateDict(model, file);
      model.dispose();
      files.push(file);
    }
  });
  after(() => rm(folder, { recursive: true }));

  test('gives, in the order of the list, what evaluate() gives of a model with those weights', async () => {
    const checkpoints = files.map((file, index) => ({ epoch: 7 - index, file }));
    const found = await evaluateCheckpoints(checkpoints, dataset);
    const googLeNet = new GoogLeNet(3, 'cifar10');
    const expected: EvaluatedCheckpoint[] = [];
    for (const checkpoint of checkpoints) {
      await loadStateDict(googLeNet, checkpoint.file);
      expected.push({ ...checkpoint, evaluation: await evaluate(googLeNet, dataset) });
    }
    googLeNet.dispose();
    assert.deepEqual(found, expected);
    assert.notEqual(found[0]?.evaluation.loss, found[1]?.evaluation.loss);
  });

  test('of several views of each image the probabilities are averaged', async () => {
    const [file = ''] = files;
    const views = [false, true].map((isMirrored) => ({ top: 0, left: 0, isMirrored }));
    const [found] = await evaluateCheckpoints([{ epoch: 0, file }], dataset, undefined, {
      views,
      batchSize: 14,
    });
    const network = new GoogLeNet(3, 'cifar10');
    await loadStateDict(network, file);
    const images = tf.tensor4d(Float32Array.from(dataset.images), [40, 32, 32, 3]).div(255);
    const probabilities = [images, images.reverse(2)].map((x) =>
      tf.softmax(network.forward(x as tf.Tensor4D)),
    );
    const mean = tf.addN(probabilities).div(2);
    const ofLabels = tf.gather(mean, tf.tensor2d(dataset.labels, [40, 1], 'int32'), 1, 1);
    const loss = tf.neg(tf.mean(tf.log(ofLabels))).arraySync() as number;
    network.dispose();
    assert.deepEqual([...(found?.evaluation.predictions ?? [])], [...mean.argMax(1).dataSync()]);
    assertWithin(Math.abs((found?.evaluation.loss ?? NaN) - loss), 1e-5, 'a loss of two views');
  });

  test('leaves no tensor behind, also where a file is none of a network', async () => {
    const damaged = path.join(folder, 'damaged.safetensors');
    await writeFile(damaged, 'no safetensors');
    const tensors = tf.memory().numTensors;
    const [file = ''] = files;
    await evaluateCheckpoints([{ epoch: 0, file }], dataset);
    assert.equal(tf.memory().numTensors, tensors);
    await assert.rejects(
      evaluateCheckpoints(
        [
          { epoch: 0, file },
          { epoch: 1, file: damaged },
        ],
        dataset,
      ),
      (error: Error) => error.message.includes(damaged),
    );
    assert.equal(tf.memory().numTensors, tensors);
  });
});
