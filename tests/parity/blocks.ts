import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import type { Execution } from 'googlenet/graph';
import {
  ConvBlock,
  Inception,
  InceptionNaive,
  loadStateDict,
  MaxPool2d,
  namedParameters,
  readSafetensors,
  stateDict,
  type SafetensorsFile,
} from 'googlenet/nn';
import { manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { once } from './execution';
import { images, numbers } from './fixture';
import {
  assertEqualsPyTorch,
  FIXTURES,
  GRADIENT_TOLERANCE,
  torchParameterValues,
  torchValues,
} from './reference';

type Block = ConvBlock | InceptionNaive | Inception | MaxPool2d;

/** By the lecture's classes: how to make one, and the names of its arguments in their order. */
const MODULES: Record<string, [make: (named: never) => Block, names: string[]]> = {
  ConvBlock: [
    (named) => new ConvBlock(named),
    ['inChannels', 'outChannels', 'kernelSize', 'padding', 'stride'],
  ],
  InceptionNaive: [(named) => new InceptionNaive(named), ['inChannels', 'ch1x1', 'ch3x3', 'ch5x5']],
  Inception: [
    (named) => new Inception(named),
    ['inChannels', 'ch1x1', 'ch3x3red', 'ch3x3', 'ch5x5red', 'ch5x5', 'poolProj'],
  ],
  MaxPool2d: [(named) => new MaxPool2d(named), ['kernelSize', 'stride', 'padding']],
};

const CASES = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.safetensors') && file !== 'inception_state_dict.safetensors')
  .map((file) => path.basename(file, '.safetensors'));

/** The block with PyTorch's initial weights for a seed: the fixture's, if none is given. */
function build(fixture: SafetensorsFile, otherSeed?: number): Block {
  const description = JSON.parse(fixture.metadata?.case ?? '') as {
    module: string;
    arguments: number[];
    seed: number;
  };
  manualSeed(otherSeed ?? description.seed);
  const [make, names] = MODULES[description.module] as (typeof MODULES)[string];
  return make(
    Object.fromEntries(description.arguments.map((value, i) => [names[i], value])) as never,
  );
}

/** Compares each kind of block with PyTorch's, on the device in use. */
export function testBlocks(execution: Execution = 'eager'): void {
  test('there is a fixture for each kind of block', () => {
    for (const kind of ['conv_', 'naive_', 'inception_', 'maxpool_']) {
      assert.ok(CASES.some((name) => name.startsWith(kind)));
    }
  });

  for (const name of CASES) {
    describe(`${name} equals PyTorch's`, async () => {
      const fixture = await readSafetensors(path.join(FIXTURES, `${name}.safetensors`));

      test('initial weights, to the bit', async () => {
        const actual = await stateDict(build(fixture));
        const expected = [...fixture.tensors].filter(([key]) => key.startsWith('parameter/'));
        assert.deepEqual(
          [...actual].sort(([a], [b]) => a.localeCompare(b)),
          expected
            .map(([key, tensor]) => [key.replace('parameter/', ''), tensor] as const)
            .sort(([a], [b]) => a.localeCompare(b)),
        );
      });

      test('output', async () => {
        const [block, input] = [build(fixture), images(fixture, 'input') as tf.Tensor4D];
        const output = await once(execution, () => block.forward(input));
        assert.deepEqual(
          output.shape,
          images(fixture, 'output').shape,
          'shape (height, width, channels)',
        );
        assertEqualsPyTorch(
          await torchValues(output),
          numbers(fixture, 'output'),
          `the output of ${name}`,
        );
      });

      test('gradients', async () => {
        const block = build(fixture);
        const x = tf.variable(images(fixture, 'input'));
        const upstream = images(fixture, 'upstream');
        const parameters = namedParameters(block);
        const grads = await once(
          execution,
          () =>
            tf.variableGrads(
              () => block.forward(x).mul(upstream).sum(),
              [x, ...parameters.values()],
            ).grads,
        );
        assertEqualsPyTorch(
          await torchValues(grads[x.name] as tf.Tensor),
          numbers(fixture, 'gradient/input'),
          `the gradient of the input of ${name}`,
          GRADIENT_TOLERANCE,
        );
        for (const [parameter, variable] of parameters) {
          assertEqualsPyTorch(
            await torchParameterValues(grads[variable.name] as tf.Tensor),
            numbers(fixture, `gradient/${parameter}`),
            `the gradient of ${name}, ${parameter}`,
            GRADIENT_TOLERANCE,
          );
        }
      });
    });
  }

  test('weights that PyTorch saved give its output', async () => {
    const fixture = await readSafetensors(path.join(FIXTURES, 'inception_batch.safetensors'));
    const block = build(fixture, 1);
    await loadStateDict(block, path.join(FIXTURES, 'inception_state_dict.safetensors'));
    const output = block.forward(images(fixture, 'input'));
    assertEqualsPyTorch(
      await torchValues(output),
      numbers(fixture, 'output'),
      'the output with saved weights',
    );
  });
}
