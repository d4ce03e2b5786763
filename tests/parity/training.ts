import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { compile, type Execution } from 'googlenet/graph';
import {
  BatchNorm2d,
  ConvBlock,
  Inception,
  namedParameters,
  readSafetensors,
  Sequential,
  stateDict,
  type SafetensorsFile,
} from 'googlenet/nn';
import { manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { images, numbers } from './fixture';
import { once } from './execution';
import {
  assertEqualsPyTorch,
  FIXTURES,
  GRADIENT_TOLERANCE,
  torchParameterValues,
  torchValues,
} from './reference';

const DIRECTORY = path.join(FIXTURES, 'training');

interface Case {
  module: keyof typeof MODULES;
  arguments: never;
  seed: number;
  steps: number;
  learningRate: number;
}

const MODULES = {
  BatchNorm2d: (given: never) => new Sequential(new BatchNorm2d(given)),
  ConvBlock: (given: never) => new ConvBlock(given),
  Inception: (given: never) => new Inception(given),
};

function caseOf(fixture: SafetensorsFile): Case {
  return JSON.parse(fixture.metadata?.case ?? '') as Case;
}

function build(fixture: SafetensorsFile): Sequential | ConvBlock | Inception {
  const { module, arguments: given, seed } = caseOf(fixture);
  manualSeed(seed);
  return MODULES[module](given);
}

/** Compares batch normalisation with PyTorch's while it trains and afterwards, on the device in use. */
export function testTraining(execution: Execution = 'eager'): void {
  for (const file of readdirSync(DIRECTORY)) {
    const name = path.basename(file, '.safetensors');
    describe(`${name} equals PyTorch's in training`, async () => {
      const fixture = await readSafetensors(path.join(DIRECTORY, file));
      const upstream = images(fixture, 'upstream');

      test('output and gradients of a batch', async () => {
        const block = build(fixture).train();
        const x = tf.variable(images(fixture, 'input'));
        const parameters = namedParameters(block);
        const { output, grads } = await once(execution, () => {
          const kept: tf.Tensor[] = [];
          const { grads } = tf.variableGrads(() => {
            const y = block.forward<tf.Tensor>(x);
            kept.push(tf.keep(y));
            return y.mul(upstream).sum();
          }, [x, ...parameters.values()]);
          return { output: kept[0] as tf.Tensor, grads };
        });
        assertEqualsPyTorch(
          await torchValues(output),
          numbers(fixture, 'output'),
          `the output of ${name} in training`,
        );
        assertEqualsPyTorch(
          await torchValues(grads[x.name] as tf.Tensor),
          numbers(fixture, 'gradient/input'),
          `the gradient of the input of ${name} in training`,
          GRADIENT_TOLERANCE,
        );
        for (const [parameter, variable] of parameters) {
          assertEqualsPyTorch(
            await torchParameterValues(grads[variable.name] as tf.Tensor),
            numbers(fixture, `gradient/${parameter}`),
            `the gradient of ${name} in training, ${parameter}`,
            GRADIENT_TOLERANCE,
          );
        }
      });

      test('weights and running statistics after some steps, and what they give', async () => {
        const { steps, learningRate } = caseOf(fixture);
        const block = build(fixture).train();
        const x = images(fixture, 'input');
        const optimizer = tf.train.sgd(learningRate);
        const variables = [...namedParameters(block).values()];
        const step = compile(
          () => {
            optimizer.minimize(() => block.forward(x).mul(upstream).sum(), false, variables);
          },
          { execution },
        );
        for (let taken = 0; taken < steps; taken++) await step();
        step.dispose();
        for (const [key, { data }] of await stateDict(block)) {
          if (key.endsWith('num_batches_tracked')) continue;
          assertEqualsPyTorch(
            data as Float32Array,
            numbers(fixture, `state/${key}`),
            `${key} of ${name} after ${steps} steps`,
            GRADIENT_TOLERANCE,
          );
        }
        block.eval();
        const evaluated = await once(execution, () => block.forward(x));
        assertEqualsPyTorch(
          await torchValues(evaluated),
          numbers(fixture, 'evaluated'),
          `the output of ${name} after ${steps} steps`,
          GRADIENT_TOLERANCE,
        );
      });
    });
  }
}
