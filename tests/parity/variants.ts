import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Execution } from 'googlenet/graph';
import {
  crossEntropyLoss,
  GoogLeNet,
  namedParameters,
  stateDict,
  type GoogLeNetForm,
  type GoogLeNetOptions,
} from 'googlenet/nn';
import { manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { once } from './execution';
import { labels, randomImages } from './networks';
import {
  assertEqualsPyTorch,
  assertHasSamples,
  readJson,
  torchParameterValues,
  type Samples,
} from './reference';

interface Variant {
  name: string;
  form: GoogLeNetForm;
  batch: number;
  options: GoogLeNetOptions;
  seed: number;
  /** Those of the network, then those of its auxiliary classifiers. */
  logits: number[];
  loss: number;
  /** Those that are not 0. */
  weights?: Record<string, Samples>;
  gradients?: Record<string, Samples>;
  /** What batch normalisation keeps of some passes in training, and gives then. */
  passed?: { statistics: Record<string, Samples>; evaluated: number[] };
}

/** See make_training_fixtures.py. */
const [NORMALISED_TOLERANCE, DRAWN_TOLERANCE] = [3e-3, 1e-3];

const { passes, auxiliaryWeight, networks } = readJson('variants.json') as {
  passes: number;
  auxiliaryWeight: number;
  networks: Variant[];
};

/** Compares the lecture's networks with what GoogLeNet's options add to them with PyTorch's. */
export function testVariants(execution: Execution = 'eager'): void {
  for (const variant of networks) {
    const { name, form, batch, options, seed, weights, gradients, passed } = variant;
    const bound = options.batchNorm ? NORMALISED_TOLERANCE : DRAWN_TOLERANCE;

    describe(`GoogLeNet (${form}) with ${name} equals PyTorch's`, () => {
      const build = () => {
        manualSeed(seed);
        return { network: new GoogLeNet(3, form, options), images: randomImages(form, batch) };
      };
      /** Dropout draws masks of its own, so that networks with it are compared in evaluation. */
      const training = options.batchNorm === true;
      const lossOf = (outputs: tf.Tensor2D[]) => {
        const [loss, ...auxiliary] = outputs.map((one) => crossEntropyLoss(one, labels(batch)));
        return auxiliary.reduce((sum, one) => sum.add(one.mul(auxiliaryWeight)), loss as tf.Scalar);
      };

      test('logits and loss', async () => {
        const { network, images } = build();
        const { logits, loss } = await once(execution, () => {
          const outputs = [network.trainingModel.apply(images, { training })].flat();
          return {
            logits: tf.concat(outputs as tf.Tensor2D[]),
            loss: lossOf(outputs as tf.Tensor2D[]),
          };
        });
        const what = `${name}, ${form}`;
        assertEqualsPyTorch(
          await logits.data<'float32'>(),
          variant.logits,
          `logits, ${what}`,
          bound,
        );
        assertEqualsPyTorch(await loss.data<'float32'>(), [variant.loss], `loss, ${what}`, bound);
        network.dispose();
      });

      if (weights)
        test('initial weights', async () => {
          const { network } = build();
          for (const [key, { data }] of await stateDict(network)) {
            const samples = weights[key];
            if (samples) assertHasSamples(data as Float32Array, samples, `initial ${key}, ${name}`);
            else
              assert.ok(
                data.every((value) => Number(value) === 0),
                key,
              );
          }
          network.dispose();
        });

      if (gradients)
        test('gradients of every parameter', async () => {
          const { network, images } = build();
          const parameters = namedParameters(network);
          const grads = await once(
            execution,
            () =>
              tf.variableGrads(
                () => lossOf([network.trainingModel.apply(images)].flat() as tf.Tensor2D[]),
                [...parameters.values()],
              ).grads,
          );
          assert.deepEqual([...parameters.keys()].sort(), Object.keys(gradients).sort());
          for (const [key, variable] of parameters) {
            const values = await torchParameterValues(grads[variable.name] as tf.Tensor);
            const expected = gradients[key] as Samples;
            assertHasSamples(values, expected, `gradient of ${key}, ${name}`, bound);
          }
          tf.dispose(grads);
          network.dispose();
        });

      if (passed)
        test('running statistics, and logits by them', async () => {
          const { network, images } = build();
          const { statistics, evaluated } = passed;
          network.train();
          for (let pass = 0; pass < passes; pass++) {
            tf.dispose(await once(execution, () => network.forward(images)));
          }
          const state = await stateDict(network);
          for (const [key, samples] of Object.entries(statistics)) {
            const data = state.get(key)?.data as Float32Array;
            assertHasSamples(data, samples, `${key}, ${name}`, bound);
          }
          network.eval();
          const logits = await once(execution, () => network.forward(images));
          assertEqualsPyTorch(
            await logits.data<'float32'>(),
            evaluated,
            `logits in evaluation, ${name}`,
            bound,
          );
          network.dispose();
        });
    });
  }
}
