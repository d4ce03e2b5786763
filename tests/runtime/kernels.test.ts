import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compile } from 'googlenet/graph';
import { tf } from 'googlenet/runtime';

type Step = (...args: tf.Tensor[]) => tf.Tensor;

interface Result {
  readonly dtype: tf.DataType;
  readonly shape: number[];
  readonly values: number[];
}

function resultOf(tensor: tf.Tensor): Result {
  const { dtype, shape } = tensor;
  const values = Array.from(tensor.dataSync(), (value) => value + 0); // -0 becomes 0
  return { dtype, shape, values };
}

/** What TensorFlow.js computes in plain JavaScript. */
async function inJavaScript(step: Step, ...args: tf.Tensor[]): Promise<Result> {
  const given = args.map(resultOf);
  const backend = tf.getBackend();
  await tf.setBackend('cpu');
  const tensors = given.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
  const result = tf.tidy(() => step(...tensors));
  const expected = resultOf(result);
  tf.dispose([result, tensors]);
  await tf.setBackend(backend);
  return expected;
}

/** A step gives what plain JavaScript gives, op by op and as a graph. */
async function assertRight(step: Step, ...args: tf.Tensor[]): Promise<void> {
  const expected = await inJavaScript(step, ...args);
  const compiled = compile(step);
  const opByOp = tf.tidy(() => step(...args));
  const asGraph = await compiled(...args);
  assert.deepEqual(resultOf(opByOp), expected, 'op by op');
  assert.deepEqual(resultOf(asGraph), expected, 'as a graph');
  compiled.dispose();
  tf.dispose([opByOp, asGraph, args]);
}

/** Whole numbers in [-8, 8]: their products add up without rounding, in whatever order. */
function wholeNumbers(shape: number[], dtype: 'float32' | 'int32' | 'bool' = 'float32'): tf.Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const values = Array.from({ length: size }, (_, i) => ((i * 37) % 17) - 8);
  return tf.tensor(dtype === 'bool' ? values.map((value) => value % 2) : values, shape, dtype);
}

/** Damage to the heap ends a process: this one has to come to its end by itself. */
function assertCompletes(script: string, ...args: string[]): void {
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', script, '--', ...args], {
    encoding: 'utf8',
    cwd: __dirname,
  });
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
}

describe('whole numbers', () => {
  test('are rounded to themselves', async () => {
    const numbers = [-2147483648, -7, -1, 0, 1, 2, 16777217, 2147483647];
    const x = tf.tensor1d(numbers, 'int32');
    assert.deepEqual(Array.from(tf.round(x).dataSync()), numbers);
    const rounded = compile((y: tf.Tensor) => tf.round(y));
    assert.deepEqual(Array.from((await rounded(x)).dataSync()), numbers);
    rounded.dispose();
  });

  test('fractions are still rounded, halves to the even number', () => {
    const rounded = tf.round(tf.tensor1d([-2.5, -1.5, 0.4, 0.5, 1.5, 2.6]));
    assert.deepEqual(resultOf(rounded).values, [-2, -2, 0, 0, 2, 3]);
  });

  const two = (x: tf.Tensor): tf.Tensor => x.reverse().add(tf.scalar(9, 'int32'));
  const operations: Record<string, Step> = {
    abs: (x) => tf.abs(x),
    add: (x) => tf.add(x, two(x)),
    argMax: (x) => tf.argMax(x),
    argMin: (x) => tf.argMin(x),
    clipByValue: (x) => tf.clipByValue(x, -3, 4),
    concat: (x) => tf.concat([x, two(x)]),
    cumsum: (x) => tf.cumsum(x),
    equal: (x) => tf.equal(x, x.reverse()),
    floorDiv: (x) => tf.floorDiv(x, two(x)),
    gather: (x) => tf.gather(x, tf.tensor1d([0, 0], 'int32')),
    greater: (x) => tf.greater(x, x.reverse()),
    less: (x) => tf.less(x, x.reverse()),
    logicalNot: (x) => tf.logicalNot(x.cast('bool')),
    max: (x) => tf.max(x),
    maximum: (x) => tf.maximum(x, x.reverse()),
    min: (x) => tf.min(x),
    minimum: (x) => tf.minimum(x, x.reverse()),
    mod: (x) => tf.mod(x, two(x)),
    mul: (x) => tf.mul(x, two(x)),
    neg: (x) => tf.neg(x),
    notEqual: (x) => tf.notEqual(x, x.reverse()),
    oneHot: (x) => tf.oneHot(tf.abs(x), 9),
    pad: (x) => tf.pad(x, [[2, 3]], 1),
    relu: (x) => tf.relu(x),
    relu6: (x) => tf.relu6(x),
    reverse: (x) => tf.reverse(x),
    round: (x) => tf.round(x),
    sign: (x) => tf.sign(x),
    square: (x) => tf.square(x),
    squaredDifference: (x) => tf.squaredDifference(x, two(x)),
    sub: (x) => tf.sub(x, two(x)),
    sum: (x) => tf.sum(x),
    tile: (x) => tf.tile(x, [3]),
    where: (x) => tf.where(x.cast('bool'), x, two(x)),
  };
  for (const [name, operation] of Object.entries(operations)) {
    test(`${name} is right for every length of a vector`, async () => {
      for (const length of [1, 7, 16, 1000]) {
        await assertRight(operation, wholeNumbers([length], 'int32'));
      }
    });
  }

  const truths: Record<string, Step> = {
    all: (x) => tf.all(x),
    any: (x) => tf.any(x),
    equal: (x) => tf.equal(x, x.reverse()),
    logicalAnd: (x) => tf.logicalAnd(x, x.reverse()),
    logicalNot: (x) => tf.logicalNot(x),
    logicalOr: (x) => tf.logicalOr(x, x.reverse()),
    logicalXor: (x) => tf.logicalXor(x, x.reverse()),
    notEqual: (x) => tf.notEqual(x, x.reverse()),
    where: (x) => tf.where(x, x, x.reverse()),
  };
  for (const [name, operation] of Object.entries(truths)) {
    test(`${name} of truth values is right for every length of a vector`, async () => {
      for (const length of [1, 7, 16, 1000]) {
        await assertRight(operation, wholeNumbers([length], 'bool'));
      }
    });
  }
});

describe('the gradient of a strided 1×1 filter', () => {
  const size = fc.integer({ min: 1, max: 33 });
  const stride = fc.integer({ min: 1, max: 4 });
  const channels = fc.integer({ min: 1, max: 18 });

  test('is right for every size, stride and number of channels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batch: fc.integer({ min: 1, max: 3 }),
          size: fc.tuple(size, size),
          strides: fc.tuple(stride, stride),
          inChannels: channels,
          outChannels: channels,
          padding: fc.constantFrom('valid', 'same'),
        }),
        async ({ batch, size, strides, inChannels, outChannels, padding }) => {
          const gradient: Step = (x, filter) =>
            tf.grad((weights: tf.Tensor) =>
              tf.conv2d(x as tf.Tensor4D, weights as tf.Tensor4D, strides, padding),
            )(filter);
          await assertRight(
            gradient,
            wholeNumbers([batch, ...size, inChannels]),
            wholeNumbers([1, 1, inChannels, outChannels]),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  const TRAIN = `
const { compile } = require('googlenet/graph');
const { ConvBlock } = require('googlenet/nn');
const { tf } = require('googlenet/runtime');
const train = async (inChannels, execution) => {
  const block = new ConvBlock({ inChannels, outChannels: 8, kernelSize: 1, padding: 0, stride: 2 });
  const optimizer = tf.train.sgd(0.01);
  const images = tf.ones([1, 32, 32, inChannels]);
  const step = (x) => optimizer.minimize(() => block.forward(x).mean(), true);
  const run = compile(step, { execution });
  for (let i = 0; i < 200; i++) tf.dispose(await run(images));
};
const [inChannels, execution] = process.argv.slice(1);
train(Number(inChannels), execution);
`;
  for (const execution of ['eager', 'graph']) {
    for (const inChannels of [3, 12]) {
      test(`leaves the heap whole: one image of ${inChannels} channels, ${execution}`, () => {
        assertCompletes(TRAIN, String(inChannels), execution);
      });
    }
  }
});

describe('a convolution without results', () => {
  const gradients =
    (step: Step): Step =>
    (x, filter) => {
      const both = tf.grads(step)([x, filter]);
      return tf.concat(both.map((gradient) => gradient.flatten()));
    };
  const convolutions: Record<string, { step: Step; filter: number[] }> = {
    conv2d: {
      step: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid'),
      filter: [5, 5, 3, 4],
    },
    'conv2d with a bias': {
      step: (x, filter) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'valid',
          bias: tf.ones([4]),
        }),
      filter: [5, 5, 3, 4],
    },
    conv3d: {
      step: (x, filter) =>
        tf.conv3d(x.expandDims<tf.Tensor5D>(3), filter as tf.Tensor5D, 1, 'valid'),
      filter: [5, 5, 1, 3, 4],
    },
    depthwiseConv2d: {
      step: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid'),
      filter: [5, 5, 3, 2],
    },
  };
  const inputs = { 'of no images': [0, 6, 6, 3], 'of images that are too small': [2, 4, 4, 3] };
  for (const [name, { step, filter }] of Object.entries(convolutions)) {
    for (const [which, shape] of Object.entries(inputs)) {
      test(`${name} ${which} is empty, and its gradients are 0`, async () => {
        await assertRight(step, wholeNumbers(shape), wholeNumbers(filter));
        await assertRight(gradients(step), wholeNumbers(shape), wholeNumbers(filter));
      });
    }
  }

  test('a pool without results has a gradient of 0', () => {
    const gradient = tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 5, 1, 'valid'));
    const { values } = resultOf(gradient(wholeNumbers([2, 4, 4, 3])));
    assert.deepEqual(values, new Array<number>(96).fill(0));
  });
});

describe('matrices of a batch, times a single one', () => {
  const batch = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 0, maxLength: 3 });
  const ones = fc.integer({ min: 0, max: 2 }).map((rank) => new Array<number>(rank).fill(1));
  const size = fc.integer({ min: 1, max: 33 });

  test('are right for every batch and size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batch: fc.oneof(
            batch,
            size.map((images) => [images, 1]),
          ),
          single: ones,
          sizes: fc.tuple(size, size, size),
          transposeA: fc.boolean(),
          transposeB: fc.boolean(),
        }),
        async ({ batch, single, sizes: [rows, inner, columns], transposeA, transposeB }) => {
          await assertRight(
            (a, b) => tf.matMul(a, b, transposeA, transposeB),
            wholeNumbers([...batch, ...(transposeA ? [inner, rows] : [rows, inner])]),
            wholeNumbers([...single, ...(transposeB ? [columns, inner] : [inner, columns])]),
          );
        },
      ),
      {
        numRuns: 50,
        examples: [
          [{ batch: [13, 1], single: [], sizes: [3, 4, 16], transposeA: false, transposeB: false }],
          [{ batch: [2, 1], single: [], sizes: [3, 0, 4], transposeA: false, transposeB: false }],
        ],
      },
    );
  });

  test('leave the heap whole', () => {
    assertCompletes(`
const { tf } = require('googlenet/runtime');
const matrices = tf.ones([32, 1, 32, 32]);
for (let i = 0; i < 200; i++) tf.tidy(() => tf.matMul(matrices, tf.ones([32, 32])).dataSync());
`);
  });
});

describe('the step function', () => {
  const numbers = [-Infinity, -2, -1e-30, 0, 1e-30, 3, Infinity, NaN];
  for (const alpha of [0, 0.25]) {
    test(`of fractions, ${alpha} below 0`, () =>
      assertRight((x) => tf.step(x, alpha), tf.tensor2d(numbers, [2, 4])));
  }

  test('of no number', () => assertRight((x) => tf.step(x), tf.tensor2d([], [0, 3])));
});
