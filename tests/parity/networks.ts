import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
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
import { once, opByOp, type Execution } from './execution';
import {
  readJson,
  relativeDifference,
  TOLERANCE,
  torchParameterValues,
  torchValues,
} from './reference';

/** A tensor's length as a vector, and some of its numbers at places in PyTorch's layout. */
interface Samples {
  norm: number;
  at: number[];
  values: number[];
}

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
function randomImages(form: GoogLeNetForm, batch: number): tf.Tensor4D {
  const side = SIZES[form];
  const values = uniform(batch * 3 * side * side, 0, 1);
  return tf.tidy(() => toChannelsLast(tf.tensor4d(values, [batch, 3, side, side])));
}

/** Class i for image i. */
function labels(batch: number): tf.Tensor1D {
  return tf.range(0, batch, 1, 'int32');
}

function multiplyWeights(model: tf.LayersModel, factor: number): void {
  for (const [name, variable] of namedParameters(model)) {
    if (name.endsWith('.weight')) {
      tf.tidy(() => {
        variable.assign(variable.mul(factor));
      });
    }
  }
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const difference = relativeDifference(actual, expected);
  assert.ok(difference <= TOLERANCE, `${what} differs from PyTorch's by ${difference} relative`);
}

/**
 * Compares numbers of a tensor, relative to its root mean square; its largest number is not in
 * the fixture.
 */
function assertSamplesClose(
  values: Float32Array,
  { norm, at, values: expected }: Samples,
  what: string,
): void {
  const rootMeanSquare = norm / Math.sqrt(values.length);
  at.forEach((index, i) => {
    const difference = Math.abs((values[index] as number) - (expected[i] as number));
    assert.ok(
      difference <= TOLERANCE * rootMeanSquare,
      `${what}[${index}] differs from PyTorch's by ${difference / rootMeanSquare} relative`,
    );
  });
  const actualNorm = Math.hypot(...chunkNorms(values));
  assertClose([actualNorm], [norm], `the length of ${what}`);
}

/** Lengths of parts, since a call takes no million arguments. */
function chunkNorms(values: Float32Array): number[] {
  const norms: number[] = [];
  for (let start = 0; start < values.length; start += 1000) {
    norms.push(Math.hypot(...values.subarray(start, start + 1000)));
  }
  return norms;
}

/** Compares a network with PyTorch's, on the device in use. */
export function testNetwork(form: GoogLeNetForm, execution: Execution = opByOp): void {
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
      network.model.dispose();
      images.dispose();
    });

    test('number of parameters', () => {
      assert.equal(countParameters(network.model), fixture.parameters);
    });

    test('initial weights of the same seed, to the bit', async () => {
      const checksums = [...(await stateDict(network.model))].map(([name, { data }]) => [
        name,
        createHash('sha256')
          .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
          .digest('hex'),
      ]);
      assert.deepEqual(Object.fromEntries(checksums), fixture.checksums);
    });

    test('logits with the initial weights', async () => {
      const logits = await once(execution, () => network.forward(images));
      assertClose(await logits.data<'float32'>(), fixture.initialLogits, 'the logits');
    });

    describe('with larger weights, which let the image through to the logits', () => {
      before(() => {
        multiplyWeights(network.model, fixture.weightFactor);
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
          assertSamplesClose(values, fixture.stages[name] as Samples, name);
        }
        tf.dispose(results);
      });

      test('logits and loss', async () => {
        const { logits, loss } = await once(execution, () => {
          const made = network.forward(images);
          return { logits: made, loss: crossEntropyLoss(made, labels(fixture.batch)) };
        });
        assertClose(await logits.data<'float32'>(), fixture.logits, 'the logits');
        assertClose(await loss.data<'float32'>(), [fixture.loss], 'the loss');
      });

      test('logits of a single image are its logits in a batch', async () => {
        const [first] = tf.unstack(images) as [tf.Tensor3D];
        const logits = await once(execution, () => network.forward(first));
        assert.deepEqual(logits.shape, [fixture.logits.length / fixture.batch]);
        const expected = fixture.logits.slice(0, logits.size);
        assertClose(await logits.data<'float32'>(), expected, 'the logits');
      });

      if (!fixture.gradients) return;
      const { input, ...expected } = fixture.gradients;
      test('gradients of the image and of every parameter', async () => {
        const x = tf.variable(images);
        const parameters = namedParameters(network.model);
        const grads = await once(
          execution,
          () =>
            tf.variableGrads(
              () => crossEntropyLoss(network.forward(x), labels(fixture.batch)),
              [x, ...parameters.values()],
            ).grads,
        );
        assertSamplesClose(
          await torchValues(grads[x.name] as tf.Tensor),
          input,
          'gradient of the image',
        );
        assert.deepEqual([...parameters.keys()].sort(), Object.keys(expected).sort());
        for (const [name, variable] of parameters) {
          const values = await torchParameterValues(grads[variable.name] as tf.Tensor);
          assertSamplesClose(values, expected[name] as Samples, `gradient of ${name}`);
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

/** PyTorch's losses, for a large learning rate and a small one. */
export const ADAM = readJson('adam.json') as AdamFixture[];

/** Compares the losses before each of the first `steps` of Adam, and after them, with PyTorch's. */
export function testAdam(
  steps: number,
  execution: Execution = opByOp,
  fixtures: readonly AdamFixture[] = ADAM,
): void {
  for (const fixture of fixtures) {
    test(`losses of ${steps} steps of Adam equal PyTorch's (learning rate ${fixture.learningRate})`, async () => {
      manualSeed(fixture.seed);
      const network = new GoogLeNet(3, 'cifar10');
      multiplyWeights(network.model, fixture.weightFactor);
      const images = randomImages('cifar10', fixture.batch);
      const optimizer = adam(fixture.learningRate);
      const loss = () => crossEntropyLoss(network.forward(images), labels(fixture.batch));
      const variables = [...namedParameters(network.model).values()];
      const assertLoss = async (value: tf.Scalar, step: number) => {
        const expected = [fixture.losses[step] as number];
        assertClose(await value.data<'float32'>(), expected, `the loss after ${step} steps`);
      };
      const step = execution(() => optimizer.minimize(loss, true, variables) as tf.Scalar);
      for (let taken = 0; taken < steps; taken++) await assertLoss(await step.run(), taken);
      step.dispose();
      await assertLoss(await once(execution, loss), steps);
      network.model.dispose();
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
export function testCrossEntropy(execution: Execution = opByOp): void {
  test("cross-entropy and its gradient equal PyTorch's, for extreme logits too", async () => {
    for (const fixture of readJson('cross_entropy.json') as LossFixture[]) {
      const targets = tf.tensor1d(fixture.labels, 'int32');
      const logits = tf.tensor2d(fixture.logits);
      const { value, grad } = await once(execution, () =>
        tf.valueAndGrad((x: tf.Tensor2D) => crossEntropyLoss(x, targets))(logits),
      );
      assertClose(await value.data<'float32'>(), [fixture.loss], 'the loss');
      assertClose(await grad.data<'float32'>(), fixture.gradient.flat(), 'the gradient');
    }
  });
}
