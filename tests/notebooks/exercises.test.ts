import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import {
  Conv2d,
  GoogLeNet,
  Inception,
  InceptionNaive,
  MaxPool2d,
  Module,
  adam,
  countMultiplyAdds,
  countParameters,
  crossEntropyLoss,
  receptiveFields,
  type Features,
} from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { item, tf } from 'googlenet/runtime';
import { PATHS } from '../../lib/setup/paths.mjs';
import type { Notebook } from './expectations.js';

const SOLUTION = /<details><summary>Solution<\/summary><p>(.*?)<\/p><\/details>/g;

/** The hidden solutions of a notebook, without tags. */
function solutions(number: number): string[] {
  const file = readdirSync(PATHS.notebooks).find((name) => name.startsWith(`0${number}-`)) ?? '';
  const { cells } = JSON.parse(readFileSync(path.join(PATHS.notebooks, file), 'utf8')) as Notebook;
  const text = cells
    .filter(({ cell_type }) => cell_type === 'markdown')
    .map(({ source }) => (typeof source === 'string' ? source : source.join('')))
    .join('\n');
  return [...text.matchAll(SOLUTION)].map(([, solution = '']) => solution.replace(/<[^>]*>/g, ''));
}

/** That a solution holds these numbers, computed here. */
function holds(notebook: number, exercise: number, ...numbers: string[]): void {
  const solution = solutions(notebook)[exercise - 1] ?? '';
  for (const number of numbers) assert.ok(solution.includes(number), `${number}: ${solution}`);
}

const written = (value: number) => value.toLocaleString('en-US');

describe('the solutions of the exercises hold what the library computes', () => {
  test('which are two or three in each notebook', () => {
    for (const notebook of [1, 2, 3, 4, 5, 6, 7]) {
      const count = solutions(notebook).length;
      assert.ok(count === 2 || count === 3, `notebook ${notebook} has ${count}`);
    }
  });

  test('1.2: a second naive module', () => {
    const second = new InceptionNaive({ inChannels: 416, ch1x1: 64, ch3x3: 128, ch5x5: 32 });
    const { shape } = second.forward(tf.zeros([2, 2, 416]));
    holds(1, 2, written(countParameters(second)), `= ${shape[2]}`);
  });

  test('2.1: the reduction that costs as much as it saves', () => {
    const branch3 = (ch5x5red: number) => {
      const block = new Inception({
        inChannels: 192,
        ch1x1: 1,
        ch3x3red: 1,
        ch3x3: 1,
        ch5x5red,
        ch5x5: 32,
        poolProj: 1,
      });
      return countMultiplyAdds(block.branch3, [1, 1, 192]);
    };
    const naive = countMultiplyAdds(
      new Conv2d({ inChannels: 192, outChannels: 32, kernelSize: 5, padding: 2 }),
      [1, 1, 192],
    );
    assert.ok(branch3(154) < naive && naive < branch3(155));
    holds(2, 1, written(naive), `${branch3(1)}·`, 'Up to r = 154', 'from 155 on');
  });

  test('2.2: two 3×3 convolutions for one 5×5', () => {
    const parameters = (inChannels: number, outChannels: number, kernelSize: number) =>
      countParameters(new Conv2d({ inChannels, outChannels, kernelSize }));
    const two = [parameters(16, 16, 3), parameters(16, 32, 3)];
    const sum = two.reduce((total, count) => total + count, 0);
    holds(2, 2, ...two.map(written), `together ${written(sum)}`, written(parameters(16, 32, 5)));
  });

  test('3.1: fc6 without the average pool', () => {
    const inputs = 7 * 7 * 1024;
    const weights = inputs * 1000;
    const times = weights / countParameters(new GoogLeNet(3, 'imagenet'));
    assert.equal(Math.round(times), 7);
    holds(3, 1, written(inputs), written(weights), 'seven times', written(1024 * 1000));
  });

  test('3.2: the row 5a with 48 filters before its 5×5', () => {
    const block = new Inception({
      inChannels: 832,
      ch1x1: 256,
      ch3x3red: 160,
      ch3x3: 320,
      ch5x5red: 48,
      ch5x5: 128,
      poolProj: 128,
    });
    const parameters = countParameters(block);
    const operations = countMultiplyAdds(block, [7, 7, 832]) / 1e6;
    holds(3, 2, written(parameters), `${written(Math.round(parameters / 1024))} K`);
    holds(3, 2, `${operations.toFixed(1)} M`);
  });

  test('3.3: logits a thousand times as large', async () => {
    manualSeed(80);
    const googLeNet = new GoogLeNet(3, 'imagenet');
    const logits = googLeNet.forward(randn([32, 224, 224, 3]));
    const labels = tf.randomUniform<tf.Rank.R1>([32], 0, 1000, 'int32', 80);
    const large = tf.mul<tf.Tensor2D>(logits, 1000);
    const range = await item(tf.max(tf.sub(tf.max(large, 1), tf.min(large, 1))));
    const loss = await item(crossEntropyLoss(large, labels));
    holds(3, 3, loss.toFixed(1), `up to ${range.toFixed(0)}`);
  });

  test('4.1: the last batch of an epoch', () => {
    const rest = 50_000 % 2048;
    holds(4, 1, `${Math.floor(50_000 / 2048)}·2,048 + ${rest}`, `= ${(2048 / rest).toFixed(2)}`);
  });

  test('4.2: the first step of Adam beside its epsilon', async () => {
    for (const [gradient, share] of [
      [1.2e-7, 0.92],
      [1.2e-4, 1],
    ] as const) {
      const weight = tf.variable(tf.scalar(0));
      const optimizer = adam(0.001);
      optimizer.applyGradients([{ name: weight.name, tensor: tf.scalar(gradient) }]);
      const step = -(await item(weight)) / 0.001;
      assert.equal(step.toFixed(2), share.toFixed(2));
    }
    holds(4, 2, '= 0.92 of the learning rate');
  });

  test('5.1: test images for a standard error', () => {
    const [accuracy, error] = [0.9, 0.005];
    holds(5, 1, `= ${written(Math.round((accuracy * (1 - accuracy)) / error ** 2))}.`);
    holds(5, 1, `0.9 is ${Math.sqrt((accuracy * (1 - accuracy)) / 10_000).toFixed(3)}`);
  });

  test('5.2: receptive fields with a first stride of 1', () => {
    class Finer extends Module {
      readonly conv1 = new Conv2d({ inChannels: 3, outChannels: 1, kernelSize: 7, padding: 3 });
      readonly maxpool1 = new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
      readonly conv2 = new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 3, padding: 1 });
      readonly maxpool2 = new MaxPool2d({ kernelSize: 3, stride: 2, padding: 1 });
      readonly icp_3a = new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 5, padding: 2 });

      override forward<T extends Features>(x: T): T {
        return this.namedChildren().reduce((y, [, stage]) => stage.forward(y) as T, x);
      }
    }
    const finer = new Finer();
    const fields = receptiveFields(finer);
    const [conv1, pool1, conv2, pool2, block] = finer
      .namedChildren()
      .map(([, stage]) => fields.get(stage)?.size);
    holds(5, 2, `${conv1} for conv1, ${pool1} for maxpool1, ${conv2} for conv2`);
    holds(5, 2, `${pool2} for maxpool2 and ${block} for 3a`);
    const { shape } = finer.forward(tf.zeros([32, 32, 3]));
    holds(5, 2, `${shape[0]}×${shape[1]} positions`);
  });

  test('6.1: what the heads add', () => {
    const network = new GoogLeNet(3, 'cifar10', { auxiliary: true });
    const heads = [network.aux1, network.aux2].map((head) => (head ? countParameters(head) : NaN));
    const together = (heads[0] ?? NaN) + (heads[1] ?? NaN);
    const all = countParameters(network);
    holds(6, 1, written(together), written(all), `${Math.round((100 * together) / all)} %`);
  });

  test('6.2: gradients of two weights', () => {
    const gradient = (w2: number) => (w2 * 0.25 * 2 - 1) * w2 * 2;
    holds(6, 2, `= ${gradient(0.1).toFixed(2).replace('-', '−')}`);
    assert.ok(Math.abs(gradient(0.001) + 0.002) < 1e-5);
  });

  test('7.1: the largest step after a quiet', () => {
    // Gradients of 1 after so long a quiet that neither mean remembers anything else.
    const largest = (beta2: number) =>
      Math.max(
        ...Array.from({ length: 100 }, (_, k) => (1 - 0.9 ** k) / Math.sqrt(1 - beta2 ** k) || 0),
      );
    holds(7, 1, largest(0.99).toFixed(1), largest(0.999).toFixed(1));
  });
});
