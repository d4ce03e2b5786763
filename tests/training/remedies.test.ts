import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Execution } from 'googlenet/graph';
import { Flatten, Linear, Module, type Features } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';
import {
  LECTURE_CONSTANTS,
  runFiles,
  train,
  type Constants,
  type EpochMetrics,
  type Remedies,
} from 'googlenet/training';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';
import { formulaImages } from './formulaImages';

process.env.TF_DETERMINISTIC_OPS = '1';

/** A linear layer on the pixels, as in remedies.py. */
class Small extends Module {
  readonly flatten = new Flatten();
  readonly fc = new Linear({ inFeatures: 3 * 32 * 32, outFeatures: 10 });

  constructor() {
    super({ channels: 3, size: { height: 32, width: 32 } });
  }

  override forward(x: Features): Features {
    return this.fc.forward(this.flatten.forward(x));
  }
}

const CONSTANTS: Constants = {
  ...LECTURE_CONSTANTS,
  nSamples: 80,
  batchSize: 32,
  epochs: 4,
  lr: 1e-3,
  checkpointEpochs: [],
};
const dataset = formulaImages(CONSTANTS.nSamples);

interface PyTorchRun {
  remedies: Remedies;
  loss: number[];
  validationLoss?: number[];
}
const pytorch = JSON.parse(readFileSync(path.join(__dirname, 'remedies.json'), 'utf8')) as Record<
  string,
  PyTorchRun
>;

const column = (history: readonly EpochMetrics[], name: 'loss' | 'validationLoss') =>
  history.map((metrics) => metrics[name] ?? NaN);

describe('remedies', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'googlenet remedies '));
  });
  after(() => rm(folder, { recursive: true }));

  for (const execution of ['graph', 'eager'] satisfies Execution[]) {
    for (const [name, expected] of Object.entries(pytorch)) {
      test(`${name}: the losses of PyTorch's run, ${execution}`, async () => {
        const { history, model } = await train(
          dataset,
          { ...CONSTANTS, ...expected.remedies },
          {
            directory: path.join(folder, `${name}-${execution}`),
            network: () => new Small(),
            execution,
          },
        );
        const bound = 1e-4;
        assertWithin(
          largestRelativeDifference(column(history, 'loss'), expected.loss),
          bound,
          `losses of a run with ${name}, ${execution}`,
        );
        if (expected.validationLoss) {
          assertWithin(
            largestRelativeDifference(column(history, 'validationLoss'), expected.validationLoss),
            bound,
            `validation losses of a run with ${name}, ${execution}`,
          );
        }
        model.dispose();
      });
    }
  }

  test('stopped in the middle, a run with all of them goes on to the same bytes', async () => {
    const constants = { ...CONSTANTS, ...pytorch.all?.remedies };
    const directory = path.join(folder, 'stopped');
    const start = (stopAt?: number) =>
      train(dataset, constants, {
        directory,
        network: () => new Small(),
        listener: {
          onStep: ({ epoch }) => {
            if (epoch === stopAt) process.kill(process.pid, 'SIGINT');
          },
        },
      });
    assert.equal((await start(2)).finished, false);
    assert.equal((await start()).finished, true);
    const whole = path.join(folder, 'all-graph');
    for (const file of ['.safetensors', '_best.safetensors', '_state.safetensors', '_metric.csv']) {
      const [actual, expected] = await Promise.all(
        [directory, whole].map((one) => readFile(path.join(one, `googlenet_formula${file}`))),
      );
      assert.ok(expected && actual?.equals(expected), `${file} differs`);
    }
    tf.disposeVariables();
  });

  test('a run ends when the validation loss has not fallen for as long as it has patience', async () => {
    const constants = { ...CONSTANTS, epochs: 40, lr: 0.05, validation: 16, patience: 3 };
    const directory = path.join(folder, 'patience');
    const start = () => train(dataset, constants, { directory, network: () => new Small() });
    const { history, finished } = await start();
    assert.equal(finished, true);
    const losses = column(history, 'validationLoss');
    assert.ok(history.length < 40);
    assert.equal(losses.indexOf(Math.min(...losses)), history.length - 1 - 3);
    const files = runFiles(directory, dataset.id);
    assert.ok(existsSync(files.model) && existsSync(files.best));
    assert.equal((await start()).history.length, history.length);
    tf.disposeVariables();
  });

  test('killed after the state of the best epoch was saved, it keeps its weights when it goes on', async () => {
    const constants = { ...CONSTANTS, epochs: 1, validation: 16 };
    const directory = path.join(folder, 'best');
    const start = () => train(dataset, constants, { directory, network: () => new Small() });
    await start();
    const { best } = runFiles(directory, dataset.id);
    const weights = await readFile(best);
    await writeFile(best, 'those of an earlier epoch');
    await start();
    assert.ok(weights.equals(await readFile(best)));
    tf.disposeVariables();
  });

  test('a run with a schedule does not go on to more epochs, on which its rates hang', async () => {
    const options = { directory: path.join(folder, 'schedule'), network: () => new Small() };
    const constants: Constants = { ...CONSTANTS, epochs: 2, schedule: 'cosine' };
    await train(dataset, constants, options);
    await assert.rejects(
      train(dataset, { ...constants, epochs: 3 }, options),
      /holds a run with epochs 2, not 3/,
    );
    await assert.rejects(
      train(dataset, { ...CONSTANTS, epochs: 2 }, options),
      /holds a run with schedule cosine, not constant/,
    );
    tf.disposeVariables();
  });
});
