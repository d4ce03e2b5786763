import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ImageDataset } from 'googlenet/data';
import { adam, Flatten, GoogLeNet, Linear, Module, type Features } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';
import {
  evaluate,
  LECTURE_CONSTANTS,
  listCheckpoints,
  readMetrics,
  train,
  trainStep,
  type Constants,
  type EpochMetrics,
} from 'googlenet/training';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import { formulaImages } from './formulaImages';

// On a GPU sums have a fixed order only when asked for; TensorFlow reads this with its first operation.
process.env.TF_DETERMINISTIC_OPS = '1';

const CONSTANTS: Constants = {
  ...LECTURE_CONSTANTS,
  nSamples: 80,
  batchSize: 32,
  epochs: 3,
  checkpointEpochs: [1],
};

/** For runs whose last batch does not matter: one graph, and not a second one for it. */
const EQUAL_BATCHES: Constants = { ...CONSTANTS, batchSize: 40 };

describe('training', () => {
  let folder: string;
  const dataset: ImageDataset = formulaImages(80);
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'googlenet training '));
  });
  after(() => rm(folder, { recursive: true }));
  // The trained networks; every recording of a graph would go through them all.
  afterEach(() => {
    tf.disposeVariables();
  });

  test("gives the lecture's PyTorch run: same seed, same batches, same losses", async () => {
    const fixture = path.join(__dirname, 'lecture_run.json');
    const { epochs: pytorch } = JSON.parse(readFileSync(fixture, 'utf8')) as {
      epochs: EpochMetrics[];
    };
    const { history, finished } = await train(dataset, CONSTANTS, {
      directory: path.join(folder, 'parity'),
    });
    assert.equal(finished, true);
    assert.equal(history.length, pytorch.length);
    const column = (rows: readonly EpochMetrics[], name: 'loss' | 'accuracy'): number[] =>
      rows.map((row) => row[name]);
    assertWithin(
      largestRelativeDifference(column(history, 'loss'), column(pytorch, 'loss')),
      1e-4,
      "losses of the lecture's run",
    );
    assertWithin(
      largestDifference(column(history, 'accuracy'), column(pytorch, 'accuracy')),
      1 / 80,
      "accuracies of the lecture's run: one image of 80",
    );
  });

  test('writes the files that the lecture writes, and its own', async () => {
    const directory = path.join(folder, 'parity');
    assert.deepEqual((await readdir(directory)).sort(), [
      'config.json',
      'googlenet_formula.safetensors',
      'googlenet_formula_epoch_1.safetensors',
      'googlenet_formula_log.csv',
      'googlenet_formula_metric.csv',
      'googlenet_formula_state.safetensors',
    ]);
    const rows = await readMetrics(path.join(directory, 'googlenet_formula_metric.csv'));
    assert.deepEqual(
      rows.map(({ epoch }) => epoch),
      [0, 1, 2],
    );
  });

  test('the same seed gives the same numbers, another seed others', async () => {
    const [first, again, other] = await Promise.all(
      [80, 80, 81].map((seed, index) =>
        train(
          dataset,
          { ...EQUAL_BATCHES, epochs: 1, seed },
          { directory: path.join(folder, `seed-${index}`) },
        ),
      ),
    );
    assert.deepEqual(again?.history, first?.history);
    assert.notDeepEqual(other?.history, first?.history);
  });

  test('a run that goes on has the numbers of one that was never stopped', async () => {
    const directory = path.join(folder, 'resumed');
    await train(dataset, { ...CONSTANTS, epochs: 1 }, { directory });
    const messages: string[] = [];
    const { history } = await train(dataset, CONSTANTS, {
      directory,
      listener: { onMessage: (message) => messages.push(message) },
    });
    const whole = await readMetrics(path.join(folder, 'parity', 'googlenet_formula_metric.csv'));
    assert.deepEqual(history, whole);
    assert.match(messages.join('\n'), /going on after epoch 0/);
    for (const file of ['googlenet_formula.safetensors', 'googlenet_formula_metric.csv']) {
      assert.ok(
        (await readFile(path.join(directory, file))).equals(
          await readFile(path.join(folder, 'parity', file)),
        ),
        `${file} differs`,
      );
    }
  });

  test('killed in the middle of an epoch, it goes on to the same numbers', async () => {
    const directory = path.join(folder, 'killed');
    const script = path.join(__dirname, 'trainAndReport.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Epoch 1, second of three steps: nothing of it may count.
    for await (const chunk of child.stdout) {
      if (String(chunk).includes('epoch 1 batch 2')) child.kill('SIGKILL');
    }
    assert.equal(
      (await readMetrics(path.join(directory, 'googlenet_formula_metric.csv'))).length,
      1,
    );
    const { history } = await train(dataset, CONSTANTS, { directory });
    assert.deepEqual(
      history,
      await readMetrics(path.join(folder, 'parity', 'googlenet_formula_metric.csv')),
    );
  });

  test('stopped by Ctrl-C, it ends after the step under way and says how to go on', async () => {
    const directory = path.join(folder, 'interrupted');
    const messages: string[] = [];
    const { finished, history } = await train(dataset, CONSTANTS, {
      directory,
      listener: {
        onStep: ({ epoch, batch }) => {
          if (epoch === 1 && batch === 1) process.kill(process.pid, 'SIGINT');
        },
        onMessage: (message) => messages.push(message),
      },
    });
    assert.equal(finished, false);
    assert.equal(history.length, 1);
    assert.match(messages.join('\n'), /stopped in epoch 1; finished epochs saved: 1\./);
    assert.equal(existsSync(path.join(directory, 'googlenet_formula.safetensors')), false);
  });

  test('a metrics file with a row too many, as a kill can leave it, is set right', async () => {
    const directory = path.join(folder, 'row-too-many');
    await train(dataset, { ...EQUAL_BATCHES, epochs: 1 }, { directory });
    const metrics = path.join(directory, 'googlenet_formula_metric.csv');
    await writeFile(metrics, `${await readFile(metrics, 'utf8')}1,0.5`);
    await train(dataset, { ...EQUAL_BATCHES, epochs: 1 }, { directory });
    assert.equal((await readMetrics(metrics)).length, 1);
  });

  test('a directory with a run of other constants is refused, and left as it is', async () => {
    const directory = path.join(folder, 'parity');
    const before = await readFile(path.join(directory, 'googlenet_formula_metric.csv'));
    const tensors = tf.memory().numTensors;
    await assert.rejects(
      train(dataset, { ...CONSTANTS, lr: 0.01 }, { directory }),
      /holds a run with lr 0\.0001, not 0\.01/,
    );
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(before.equals(await readFile(path.join(directory, 'googlenet_formula_metric.csv'))));
  });

  test('a directory with a run of more epochs is refused', async () => {
    const directory = path.join(folder, 'parity');
    const model = await readFile(path.join(directory, 'googlenet_formula.safetensors'));
    await assert.rejects(
      train(dataset, { ...CONSTANTS, epochs: 2 }, { directory }),
      /holds a run of 3 epochs, more than 2/,
    );
    assert.ok(model.equals(await readFile(path.join(directory, 'googlenet_formula.safetensors'))));
  });

  test('a run that has all its epochs says so', async () => {
    const messages: string[] = [];
    const { finished, history } = await train(dataset, CONSTANTS, {
      directory: path.join(folder, 'parity'),
      listener: { onMessage: (message) => messages.push(message) },
    });
    assert.equal(finished, true);
    assert.equal(history.length, 3);
    assert.match(
      messages.join('\n'),
      /has its 3 epochs already.*To train anew, set restart; to go on with it, set more epochs$/,
    );
  });

  test('final weights without their state are kept, with what to do', async () => {
    const directory = path.join(folder, 'stateless');
    await cp(path.join(folder, 'parity'), directory, { recursive: true });
    await rm(path.join(directory, 'googlenet_formula_state.safetensors'));
    const before = await readdir(directory);
    await assert.rejects(
      train(dataset, CONSTANTS, { directory }),
      /without its run's state.*restart to train anew.*or choose another directory/,
    );
    assert.deepEqual(await readdir(directory), before);
    const model = 'googlenet_formula.safetensors';
    const [kept, ended] = await Promise.all(
      [directory, path.join(folder, 'parity')].map((run) => readFile(path.join(run, model))),
    );
    assert.deepEqual(kept, ended);
  });

  test('weights of a shorter run do not pass for those of the longer one it goes on to', async () => {
    const directory = path.join(folder, 'longer');
    await cp(path.join(folder, 'parity'), directory, { recursive: true });
    const { finished, files } = await train(
      dataset,
      { ...CONSTANTS, epochs: 5 },
      {
        directory,
        listener: {
          // Once: a second one would end this process.
          onStep({ epoch, batch }) {
            if (epoch === 3 && batch === 1) process.kill(process.pid, 'SIGINT');
          },
        },
      },
    );
    assert.equal(finished, false);
    assert.deepEqual(
      listCheckpoints(files, { ...CONSTANTS, epochs: 5 }).map(({ epoch }) => epoch),
      [1],
    );
    // They are kept as what they are: the weights after epoch 2.
    const ended = await readFile(path.join(folder, 'parity', 'googlenet_formula.safetensors'));
    assert.ok(ended.equals(await readFile(files.checkpoint(2))));
  });

  test('a loss that is no finite number ends the run; the epochs before it stay', async () => {
    const directory = path.join(folder, 'diverged');
    const first = { ...EQUAL_BATCHES, epochs: 1, lr: 1e12 };
    await assert.rejects(
      train(dataset, { ...first, epochs: 3 }, { directory }),
      /diverged.*Restart with a lower lr/,
    );
    const metrics = path.join(directory, 'googlenet_formula_metric.csv');
    for (const { loss } of await readMetrics(metrics)) assert.ok(Number.isFinite(loss));
  });

  test('restart keeps the earlier run beside the new one', async () => {
    const directory = path.join(folder, 'restarted');
    await cp(path.join(folder, 'parity'), directory, { recursive: true });
    const { history } = await train(
      dataset,
      { ...EQUAL_BATCHES, epochs: 1 },
      { directory, restart: true },
    );
    assert.equal(history.length, 1);
    assert.equal(
      (await readMetrics(path.join(`${directory}.previous`, 'googlenet_formula_metric.csv')))
        .length,
      3,
    );
    // Once more, with the slash that a shell's completion adds.
    await train(
      dataset,
      { ...EQUAL_BATCHES, epochs: 1 },
      { directory: `${directory}${path.sep}`, restart: true },
    );
    const lengths = await Promise.all(
      ['.previous', '.previous-2'].map(async (suffix) => {
        const file = path.join(`${directory}${suffix}`, 'googlenet_formula_metric.csv');
        return (await readMetrics(file)).length;
      }),
    );
    assert.deepEqual(lengths, [3, 1]);
  });

  test('a state file cut short is named, and nothing is overwritten', async () => {
    const directory = path.join(folder, 'cut-short');
    await cp(path.join(folder, 'parity'), directory, { recursive: true });
    const state = path.join(directory, 'googlenet_formula_state.safetensors');
    await truncate(state, 1000);
    await assert.rejects(train(dataset, CONSTANTS, { directory }), (error: Error) =>
      error.message.includes(state),
    );
    assert.equal(
      (await readMetrics(path.join(directory, 'googlenet_formula_metric.csv'))).length,
      3,
    );
  });

  test('no tensor is left over from step to step', () => {
    const googLeNet = new GoogLeNet(3, 'cifar10');
    const optimizer = adam(1e-4);
    const images = tf.zeros<tf.Rank.R4>([4, 32, 32, 3]);
    const labels = tf.tensor1d([0, 1, 2, 3], 'int32');
    const counts = Array.from({ length: 4 }, () => {
      const { loss, correct } = trainStep(googLeNet.model, optimizer, images, labels);
      tf.dispose([loss, correct]);
      return tf.memory().numTensors;
    });
    // The first step makes the optimizer's slots.
    assert.deepEqual(counts.slice(1), [counts[0], counts[0], counts[0]]);
  });
});

/** A user's network: one fully connected layer. */
class OneLayer extends Module {
  readonly flatten = new Flatten();
  readonly fc = new Linear({ inFeatures: 3072, outFeatures: 10 });

  constructor() {
    super({ channels: 3, size: { height: 32, width: 32 } });
  }

  override forward(x: Features): Features {
    return this.fc.forward(this.flatten.forward(x));
  }
}

describe('evaluation', () => {
  test('counts by class what the model says', async () => {
    const dataset = formulaImages(40);
    const network = new OneLayer();
    // Whatever the image, class 3 has the highest logit.
    const bias = tf.oneHot(tf.scalar(3, 'int32'), 10).toFloat();
    network.model.setWeights([tf.zeros([3072, 10]), bias]);
    const { loss, accuracy, perClassAccuracy, confusion, predictions } = await evaluate(
      network,
      dataset,
    );
    assert.equal(accuracy, 0.1);
    assert.deepEqual(perClassAccuracy, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert.ok(confusion.every((row) => row[3] === 4 && row.reduce((a, b) => a + b) === 4));
    assert.ok(predictions.every((prediction) => prediction === 3));
    // ln(9 + e) for each image, less 1 for those of class 3.
    assertWithin(Math.abs(loss - (Math.log(9 + Math.E) - 0.1)), 1e-5, 'the loss of one class');
  });
});
