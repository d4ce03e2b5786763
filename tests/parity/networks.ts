import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { compile, type Execution } from 'googlenet/graph';
import {
  adam,
  countParameters,
  crossEntropyLoss,
  GoogLeNet,
  namedParameters,
  stateDict,
  toChannelsLast,
  type GoogLeNetForm,
} from 'googlenet/nn';
import { manualSeed, uniform } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { once } from './execution';
import {
  assertEqualsPyTorch,
  assertHasSamples,
  GRADIENT_TOLERANCE,
  readJson,
  torchParameterValues,
  torchValues,
  type Samples,
} from './reference';

interface NetworkFixture {
  seed: number;
  batch: number;
  parameters: number;
  checksums: Record<string, string>;
  initialLogits: number[];
  weightFactor: number;
  stages: Record<string, Samples>;
  logits: number[];
  loss: number;
  /** Not for 224×224: see make_fixtures.py. */
  gradients: (Record<string, Samples> & { input: Samples }) | null;
}

const SIZES: Record<GoogLeNetForm, number> = { imagenet: 224, cifar10: 32 };

/** `torch.rand(batch, 3, side, side)`, channels last. */
export function randomImages(form: GoogLeNetForm, batch: number): tf.Tensor4D {
  const side = SIZES[form];
  const values = uniform(batch * 3 * side * side, 0, 1);
  return tf.tidy(() => toChannelsLast(tf.tensor4d(values, [batch, 3, side, side])));
}

/** Class i for image i. */
export function labels(batch: number): tf.Tensor1D {
  return tf.range(0, batch, 1, 'int32');
}

function multiplyWeights(network: GoogLeNet, factor: number): void {
  for (const [name, variable] of namedParameters(network)) {
    if (name.endsWith('.weight')) {
      tf.tidy(() => {
        variable.assign(variable.mul(factor));
      });
    }
  }
}

/** Compares a network with PyTorch's, on the device in use. */
export function testNetwork(form: GoogLeNetForm, execution: Execution = 'eager'): void {
  describe(`GoogLeNet (${form}) equals PyTorch's`, () => {
    const fixture = readJson(`${form}.json`) as NetworkFixture;
    let network: GoogLeNet;
    let images: tf.Tensor4D;

    before(() => {
      manualSeed(fixture.seed);
      network = new GoogLeNet(3, form);
      images = randomImages(form, fixture.batch);
    });
    after(() => {
      network.dispose();
      images.dispose();
    });

    test('number of parameters', () => {
      assert.equal(countParameters(network), fixture.parameters);
    });

    test('initial weights of the same seed, to the bit', async () => {
      const checksums = [...(await stateDict(network))].map(([name, { data }]) => [
        name,
        createHash('sha256')
          .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
          .digest('hex'),
      ]);
      assert.deepEqual(Object.fromEntries(checksums), fixture.checksums);
    });

    test('logits with the initial weights', async () => {
      const logits = await once(execution, () => network.forward(images));
      assertEqualsPyTorch(
        await logits.data<'float32'>(),
        fixture.initialLogits,
        `initial logits, ${form}`,
      );
    });

    describe('with larger weights, which let the image through to the logits', () => {
      before(() => {
        multiplyWeights(network, fixture.weightFactor);
      });

      test('each stage', async () => {
        const names = Object.keys(fixture.stages);
        const lastLayers = names.map((stage) =>
          network.model.layers
            .filter(({ name }) => name === stage || name.startsWith(`${stage}/`))
            .filter(({ name }) => !name.endsWith('/pad'))
            .at(-1),
        );
        const outputs = lastLayers.map((layer) => layer?.output as tf.SymbolicTensor);
        const stages = tf.model({ inputs: network.model.inputs, outputs });
        const results = await once(execution, () => stages.apply(images) as tf.Tensor[]);
        for (const [i, name] of names.entries()) {
          const result = results[i] as tf.Tensor;
          const values = await (result.rank === 4 ? torchValues(result) : result.data<'float32'>());
          assertHasSamples(values, fixture.stages[name] as Samples, `${name}, ${form}`);
        }
        tf.dispose(results);
      });

      test('logits and loss', async () => {
        const { logits, loss } = await once(execution, () => {
          const made = network.forward(images);
          return { logits: made, loss: crossEntropyLoss(made, labels(fixture.batch)) };
        });
        assertEqualsPyTorch(await logits.data<'float32'>(), fixture.logits, `logits, ${form}`);
        assertEqualsPyTorch(await loss.data<'float32'>(), [fixture.loss], `loss, ${form}`);
      });

      test('logits of a single image are its logits in a batch', async () => {
        const [first] = tf.unstack(images) as [tf.Tensor3D];
        const logits = await once(execution, () => network.forward(first));
        assert.deepEqual(logits.shape, [fixture.logits.length / fixture.batch]);
        const expected = fixture.logits.slice(0, logits.size);
        assertEqualsPyTorch(
          await logits.data<'float32'>(),
          expected,
          `logits of a single image, ${form}`,
        );
      });

      if (!fixture.gradients) return;
      const { input, ...expected } = fixture.gradients;
      test('gradients of the image and of every parameter', async () => {
        const x = tf.variable(images);
        const parameters = namedParameters(network);
        const grads = await once(
          execution,
          () =>
            tf.variableGrads(
              () => crossEntropyLoss(network.forward(x), labels(fixture.batch)),
              [x, ...parameters.values()],
            ).grads,
        );
        assertHasSamples(
          await torchValues(grads[x.name] as tf.Tensor),
          input,
          'gradient of the image',
          GRADIENT_TOLERANCE,
        );
        assert.deepEqual([...parameters.keys()].sort(), Object.keys(expected).sort());
        for (const [name, variable] of parameters) {
          const values = await torchParameterValues(grads[variable.name] as tf.Tensor);
          const samples = expected[name] as Samples;
          assertHasSamples(values, samples, `gradient of ${name}`, GRADIENT_TOLERANCE);
        }
        tf.dispose(grads);
        x.dispose();
      });
    });
  });
}

interface AdamFixture {
  seed: number;
  weightFactor: number;
  batch: number;
  learningRate: number;
  /** Before each step, and after the last. */
  losses: number[];
}

/** PyTorch's losses, for its initial weights and for larger ones. */
export const ADAM = readJson('adam.json') as AdamFixture[];

/** Compares the losses before each of the first `steps` of Adam, and after them, with PyTorch's. */
export function testAdam(
  steps: number,
  execution: Execution = 'eager',
  fixtures: readonly AdamFixture[] = ADAM,
): void {
  for (const fixture of fixtures) {
    test(`losses of ${steps} steps of Adam equal PyTorch's (weights × ${fixture.weightFactor})`, async () => {
      manualSeed(fixture.seed);
      const network = new GoogLeNet(3, 'cifar10');
      multiplyWeights(network, fixture.weightFactor);
      const images = randomImages('cifar10', fixture.batch);
      const optimizer = adam(fixture.learningRate);
      const loss = () => crossEntropyLoss(network.forward(images), labels(fixture.batch));
      const variables = [...namedParameters(network).values()];
      const assertLoss = async (value: tf.Scalar, step: number) => {
        const expected = [fixture.losses[step] as number];
        assertEqualsPyTorch(
          await value.data<'float32'>(),
          expected,
          `loss after ${step} steps of Adam, weights × ${fixture.weightFactor}`,
        );
      };
      const step = compile(() => optimizer.minimize(loss, true, variables) as tf.Scalar, {
        execution,
      });
      for (let taken = 0; taken < steps; taken++) await assertLoss(await step(), taken);
      step.dispose();
      await assertLoss(await once(execution, loss), steps);
      network.dispose();
    });
  }
}

interface LossFixture {
  logits: number[][];
  labels: number[];
  loss: number;
  gradient: number[][];
}

/** Compares the loss with PyTorch's, on the device in use. */
export function testCrossEntropy(execution: Execution = 'eager'): void {
  test("cross-entropy and its gradient equal PyTorch's, for extreme logits too", async () => {
    for (const fixture of readJson('cross_entropy.json') as LossFixture[]) {
      const targets = tf.tensor1d(fixture.labels, 'int32');
      const logits = tf.tensor2d(fixture.logits);
      const { value, grad } = await once(execution, () =>
        tf.valueAndGrad((x: tf.Tensor2D) => crossEntropyLoss(x, targets))(logits),
      );
      assertEqualsPyTorch(await value.data<'float32'>(), [fixture.loss], 'cross-entropy');
      assertEqualsPyTorch(
        await grad.data<'float32'>(),
        fixture.gradient.flat(),
        'gradient of cross-entropy',
      );
    }
  });
}
