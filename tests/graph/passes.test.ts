import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from 'googlenet/graph';
import { print, type Program } from '../../lib/dist/graph/ir';
import { bfloat16, passes } from '../../lib/dist/graph/passes';
import { recordedProgram } from '../../lib/dist/graph/program';
import type { ArgumentTree, TensorTree } from '../../lib/dist/graph/record';
import { hostTensor, StepSession } from '../../lib/dist/graph/state';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import { tensor } from './models';

/** Of any tensors. */
type Step = (...args: never[]) => TensorTree;
type Tensor = tf.Tensor;

/** The step as recorded, and after the named passes. */
function recorded(step: Step, args: Tensor[], names: readonly string[]): Program {
  const { program } = recordedProgram(step as (...args: ArgumentTree[]) => TensorTree, args);
  return names.reduce((current, name) => {
    const pass = passes[name];
    assert.ok(pass, `there is a pass ${name}`);
    return pass(current);
  }, program);
}

function run(program: Program, args: Tensor[]): Float32Array[] {
  const session = new StepSession();
  try {
    return session
      .runNow(session.load(program), args.map(hostTensor))
      .map(({ values }) => values as Float32Array);
  } finally {
    session.dispose();
  }
}

/** The step as text: as recorded, and after the passes, where it computes the same. */
function rewrite(
  step: Step,
  args: Tensor[],
  names: readonly string[],
  tolerance = 5e-5,
): { before: string; after: string } {
  const [before, after] = [recorded(step, args, []), recorded(step, args, names)];
  const [expected, actual] = [run(before, args), run(after, args)];
  expected.forEach((values, i) => {
    const scale = Math.max(...values.map(Math.abs), 1e-3);
    const difference = largestDifference(actual[i] ?? [], values) / scale;
    assertWithin(difference, tolerance, `result ${i} after ${names.at(-1) ?? 'no pass'}`);
  });
  return { before: print(before), after: print(after) };
}

/** Tests that the passes make the second program of the first. */
function testRewrite(
  title: string,
  step: Step,
  args: Tensor[],
  names: readonly string[],
  before: string,
  after: string,
  tolerance?: number,
): void {
  test(title, () => {
    const programs = rewrite(step, args, names, tolerance);
    assert.equal(programs.before, lines(before));
    assert.equal(programs.after, lines(after));
  });
}

/** The last of the passes leaves what the others made of the step. */
function assertKeeps(step: Step, args: Tensor[], names: readonly string[]): void {
  const { after } = rewrite(step, args, names);
  assert.equal(after, print(recorded(step, args, names.slice(0, -1))));
}

/** Indented text without its indentation. */
function lines(text: string): string {
  return text.trim().replace(/^ +/gm, '');
}

/** A function's results and its gradients for every argument. */
function withGradients(step: (...args: never[]) => Tensor): Step {
  const f = step as (...args: Tensor[]) => tf.Tensor;
  return (...args: Tensor[]) => {
    const grads = tf.grads((...inputs: Tensor[]) => f(...inputs).mul(weights(f(...inputs))))(args);
    return [f(...args), ...grads];
  };
}

/** Uneven weights, so that a gradient at the wrong place shows. */
function weights(like: Tensor): Tensor {
  return tf.range(0, like.size, 1, 'float32').reshape(like.shape).mul(0.01).sin();
}

const convolution = (
  x: Tensor,
  kernel: Tensor,
  stride = 1,
  padding: 'same' | 'valid' = 'same',
): Tensor => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, padding);
/** relu(convolution + bias), the recorded form of a ConvBlock. */
const convBlock = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
  tf.relu(convolution(x, kernel).add(bias));
const isConvolution = /Conv2D/;

type Four = [Tensor, Tensor, Tensor, Tensor];

describe('every pass', () => {
  /** Freezes all that can be, so that a change throws. */
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
    if (ArrayBuffer.isView(value) || value instanceof tf.Tensor || value instanceof tf.Optimizer)
      return;
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  };
  const block = withGradients((x: Tensor, ...[k1, k2, k3, bias]: Four) => {
    const pool = tf.maxPool(x as tf.Tensor4D, 3, 1, 'same');
    const parts = [convBlock(x, k1, bias), convBlock(x, k2, bias), convBlock(pool, k1, bias)];
    return tf.softmax(convolution(tf.concat([...parts, parts[0] as tf.Tensor], 3), k3));
  });
  const args = [
    tensor([2, 2, 2, 8]),
    tensor([1, 1, 8, 16], 2),
    tensor([1, 1, 8, 16], 3),
    tensor([3, 3, 64, 64], 4),
    tensor([16], 5),
  ];
  const weight = tf.variable(tensor([6]));
  const optimizer = tf.train.adam(0.05);
  const table = tensor([500, 4]);
  const steps: [Step, tf.Tensor[]][] = [
    [block, args],
    [
      (x: tf.Tensor4D) => tf.maxPool(tf.maxPool(x, 3, 1, 'same'), 1, 2, 'valid'),
      [tensor([1, 8, 8, 2])],
    ],
    [
      (x: Tensor, kernel: Tensor) => convolution(x, kernel),
      [tensor([12, 7, 7, 64]), tensor([3, 3, 64, 64])],
    ],
    [
      (x: Tensor, kernel: Tensor) => convolution(x, kernel),
      [tensor([3, 2, 2, 4]), tensor([3, 3, 4, 5])],
    ],
    [
      (x: Tensor) => optimizer.minimize(() => weight.mul(x).sum().asScalar(), true, [weight]),
      [tensor([6])],
    ],
    [(indices: tf.Tensor1D) => tf.gather(table, indices), [tf.tensor1d([1, 0], 'int32')]],
  ];

  test('gives another program, or the same, and does not change the one that it is given', () => {
    const atWork = new Set<string>();
    for (const [step, given] of steps) {
      let program = recorded(step, given, []);
      for (const [name, pass] of Object.entries({ ...passes, bfloat16 })) {
        freeze(program);
        const before = print(program);
        const next = pass(program);
        assert.equal(print(program), before, name);
        if (print(next) !== before) atWork.add(name);
        program = next;
      }
    }
    assert.deepEqual([...atWork].sort(), [...Object.keys(passes), 'bfloat16'].sort());
  });
});

describe('residentGather', () => {
  const table = tf.tensor2d(
    Array.from({ length: 2000 }, (_, i) => i),
    [500, 4],
  );

  testRewrite(
    'rows are taken where the session keeps the tensor',
    (indices: tf.Tensor1D) => ({
      rows: tf.gather(table, indices),
      columns: tf.gather(table, [2, 0], 1),
    }),
    [tf.tensor1d([499, 0, 7, 7], 'int32')],
    ['residentGather'],
    `
    %1 = captured tensor : float32[500,4]
    %2 = argument 0 : int32[4]
    %3 = GatherV2(%1, %2, 0, batch_dims: 0) : float32[4,4]
    %4 = GatherV2(%1, [2,0], 1, batch_dims: 0) : float32[500,2]
    return %3, %4`,
    `
    %1 = captured tensor : float32[500,4]
    %2 = argument 0 : int32[4]
    %3 = ResourceGather(%1, %2) : float32[4,4]
    %4 = GatherV2(%1, [2,0], 1, batch_dims: 0) : float32[500,2]
    return %3, %4`,
  );
});

describe('reluGradient', () => {
  testRewrite(
    'one ReluGrad for the whole expression',
    (x: Tensor, dy: Tensor) => tf.grad((input: Tensor) => tf.relu(input))(x, dy),
    [tf.tensor1d([-2, -0, 0, 1e-30, 3, -1e-30]), tensor([6])],
    ['reluGradient'],
    `
    %1 = argument 1 : float32[6]
    %2 = argument 0 : float32[6]
    %3 = IsNan(%2) : bool[6]
    %4 = Greater(%2, 0) : bool[6]
    %5 = Fill([6], 1) : float32[6]
    %6 = Fill([6], 0) : float32[6]
    %7 = Select(%4, %5, %6) : float32[6]
    %8 = Select(%3, %2, %7) : float32[6]
    %9 = Cast(%8) : float32[6]
    %10 = Mul(%1, %9) : float32[6]
    return %10`,
    `
    %1 = argument 1 : float32[6]
    %2 = argument 0 : float32[6]
    %3 = ReluGrad(%1, %2) : float32[6]
    return %3`,
    0,
  );

  test('takes the result of the ReLU, where there is one', () => {
    const step: Step = (x: Tensor) => tf.grad((input: Tensor) => tf.relu(input).square())(x);
    const x = tf.tensor1d([-2, -0, 0, 1e-30, 3, -1e-30]);
    const { after } = rewrite(step, [x], ['reluGradient'], 0);
    assert.match(after, /^(%\d+) = Relu\(%1\)[^]*ReluGrad\(%\d+, \1\)/m);
    assert.doesNotMatch(after, /Select/);
  });

  test('leaves a leaky ReLU alone', () => {
    const step: Step = (x: Tensor) => tf.grad((input: Tensor) => tf.leakyRelu(input, 0.1))(x);
    assertKeeps(step, [tf.tensor1d([-2, 0, 3])], ['reluGradient']);
  });
});

describe('biasAdd and biasGradient', () => {
  const biased = (x: Tensor, kernel: Tensor, bias: Tensor) => convolution(x, kernel).add(bias);
  const args = [tensor([2, 5, 5, 3]), tensor([3, 3, 3, 4], 2), tensor([4], 3)];

  testRewrite(
    'a bias behind a convolution',
    biased,
    args,
    ['biasAdd'],
    `
    %1 = argument 0 : float32[2,5,5,3]
    %2 = argument 1 : float32[3,3,3,4]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[2,5,5,4]
    %4 = argument 2 : float32[4]
    %5 = Add(%3, %4) : float32[2,5,5,4]
    return %5`,
    `
    %1 = argument 0 : float32[2,5,5,3]
    %2 = argument 1 : float32[3,3,3,4]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[2,5,5,4]
    %4 = argument 2 : float32[4]
    %5 = BiasAdd(%3, %4) : float32[2,5,5,4]
    return %5`,
  );

  testRewrite(
    'its gradient',
    (dy: Tensor) => tf.sum(dy, [0, 1, 2]),
    [tensor([2, 5, 5, 4])],
    ['biasGradient'],
    `
    %1 = argument 0 : float32[2,5,5,4]
    %2 = Sum(%1, [0,1,2]) : float32[4]
    return %2`,
    `
    %1 = argument 0 : float32[2,5,5,4]
    %2 = BiasAddGrad(%1) : float32[4]
    return %2`,
  );

  test('and the gradient of one behind a convolution', () => {
    const step = withGradients(biased);
    const { after } = rewrite(step, args, ['biasAdd', 'biasGradient']);
    assert.doesNotMatch(after, /Sum/);
  });

  test('a sum over other axes stays', () => {
    assertKeeps((x: Tensor) => [tf.sum(x, 2)], [tensor([2, 3, 4])], ['biasGradient']);
  });
});

describe('softmax', () => {
  testRewrite(
    'forward',
    (x: Tensor) => tf.softmax(x),
    [tensor([4, 10])],
    ['softmax'],
    `
    %1 = argument 0 : float32[4,10]
    %2 = Softmax(%1) : float32[4,10]
    return %2`,
    `
    %1 = argument 0 : float32[4,10]
    %2 = LogSoftmax(%1) : float32[4,10]
    %3 = Exp(%2) : float32[4,10]
    return %3`,
  );

  test('and backward', () => {
    const { after } = rewrite(
      withGradients((x: Tensor) => tf.softmax(x)),
      [tensor([4, 10])],
      ['softmax'],
    );
    assert.doesNotMatch(after, / Softmax/);
  });

  test('a row with a NaN is NaN all over', async () => {
    const compiled = compile((x: Tensor) => tf.softmax(x));
    const probabilities = await compiled(tf.tensor2d([2, NaN, 1, 5, 5, 5], [2, 3]));
    const isNaN = [...probabilities.dataSync()].map(Number.isNaN);
    assert.deepEqual(isNaN, [true, true, true, false, false, false]);
    compiled.dispose();
  });
});

describe('stridedMaxPool', () => {
  const pool = (x: Tensor, stride: number): Tensor =>
    tf.maxPool(tf.maxPool(x as tf.Tensor4D, 3, 1, 'same'), 1, stride, 'valid');

  testRewrite(
    'the pooling of one that keeps every second row and column, and its gradient',
    (x: Tensor, dy: Tensor) => tf.grad((input: Tensor) => pool(input, 2))(x, dy),
    [tensor([2, 8, 8, 3]).sub(2), tensor([2, 4, 4, 3], 2)],
    ['shareEqual', 'stridedMaxPool'],
    `
    %1 = argument 0 : float32[2,8,8,3]
    %2 = MaxPool(%1, ksize: [1,3,3,1], padding: SAME) : float32[2,8,8,3]
    %3 = MaxPool(%2, ksize: [1,1,1,1], strides: [1,2,2,1], padding: VALID) : float32[2,4,4,3]
    %4 = argument 1 : float32[2,4,4,3]
    %5 = MaxPoolGrad(%2, %3, %4, ksize: [1,1,1,1], strides: [1,2,2,1], padding: VALID) : float32[2,8,8,3]
    %6 = MaxPoolGrad(%1, %2, %5, ksize: [1,3,3,1], padding: SAME) : float32[2,8,8,3]
    return %6`,
    `
    %1 = argument 0 : float32[2,8,8,3]
    %2 = PadV2(%1, [[0,0],[1,0],[1,0],[0,0]], -Infinity) : float32[2,9,9,3]
    %3 = MaxPool(%2, ksize: [1,3,3,1], strides: [1,2,2,1], padding: VALID) : float32[2,4,4,3]
    %4 = argument 1 : float32[2,4,4,3]
    %5 = MaxPoolGrad(%2, %3, %4, ksize: [1,3,3,1], strides: [1,2,2,1], padding: VALID) : float32[2,9,9,3]
    %6 = Slice(%5, [0,1,1,0], [2,8,8,3]) : float32[2,8,8,3]
    return %6`,
  );

  for (const [size, stride] of [
    [8, 2],
    [7, 2],
    [4, 2],
    [9, 3],
    [2, 2],
  ] as const) {
    test(`3×3 windows at stride ${stride} on ${size}×${size}, with the gradient`, () => {
      // All negative: a padding of zeros would win.
      const x = tensor([2, size, size, 3]).sub(2);
      const step = withGradients((input: Tensor) => pool(input, stride));
      const { after } = rewrite(step, [x], ['shareEqual', 'stridedMaxPool'], 0);
      assert.doesNotMatch(after, /padding: SAME|ksize: \[1,1,1,1\]/);
    });
  }

  test('a pool that something else reads too stays', () => {
    const step: Step = (x: Tensor) => {
      const windows = tf.maxPool(x as tf.Tensor4D, 3, 1, 'same');
      return [windows, tf.maxPool(windows, 1, 2, 'valid')];
    };
    assertKeeps(step, [tensor([1, 4, 4, 2])], ['stridedMaxPool']);
  });
});

describe('pointwiseConvolution', () => {
  testRewrite(
    '1×1: images × pixels as rows',
    (x: Tensor, kernel: Tensor) => convolution(x, kernel),
    [tensor([2, 5, 4, 3]), tensor([1, 1, 3, 6], 2)],
    ['pointwiseConvolution'],
    `
    %1 = argument 0 : float32[2,5,4,3]
    %2 = argument 1 : float32[1,1,3,6]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[2,5,4,6]
    return %3`,
    `
    %1 = argument 0 : float32[2,5,4,3]
    %2 = Reshape(%1, [40,3]) : float32[40,3]
    %3 = argument 1 : float32[1,1,3,6]
    %4 = Reshape(%3, [3,6]) : float32[3,6]
    %5 = MatMul(%2, %4) : float32[40,6]
    %6 = Reshape(%5, [2,5,4,6]) : float32[2,5,4,6]
    return %6`,
  );

  const gradients = (stride: number): Step =>
    withGradients((x: Tensor, kernel: Tensor) => convolution(x, kernel, stride));

  test('both gradients too', () => {
    const args = [tensor([2, 5, 4, 3]), tensor([1, 1, 3, 6], 2)];
    assert.doesNotMatch(rewrite(gradients(1), args, ['pointwiseConvolution']).after, isConvolution);
  });

  test('at stride 2: left as it is', () => {
    // Of fewer channels the filter's gradient has no stride: see lib/runtime/kernels.
    const args = [tensor([2, 4, 4, 16]), tensor([1, 1, 16, 3], 2)];
    assertKeeps(gradients(2), args, ['pointwiseConvolution']);
  });

  test('a kernel with padding of its own: left as it is', () => {
    const padding: [number, number][] = [
      [0, 0],
      [1, 1],
      [2, 0],
      [0, 0],
    ];
    const step: Step = (x: Tensor, kernel: Tensor) =>
      tf.conv2d(
        x as tf.Tensor4D,
        kernel as tf.Tensor4D,
        1,
        padding as tf.backend_util.ExplicitPadding,
      );
    assertKeeps(step, [tensor([2, 3, 3, 4]), tensor([1, 1, 4, 5], 2)], ['pointwiseConvolution']);
  });
});

describe('winogradConvolution', () => {
  testRewrite(
    '3×3 on 4×4: 36 products of (images, channels in) × (channels in, channels out)',
    (x: Tensor, kernel: Tensor) => convolution(x, kernel),
    [tensor([3, 4, 4, 64]), tensor([3, 3, 64, 65], 2)],
    ['winogradConvolution'],
    `
    %1 = argument 0 : float32[3,4,4,64]
    %2 = argument 1 : float32[3,3,64,65]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[3,4,4,65]
    return %3`,
    `
    %1 = constant : float32[16,36]
    %2 = constant : float32[36,16]
    %3 = argument 0 : float32[3,4,4,64]
    %4 = Reshape(%3, [3,16,64]) : float32[3,16,64]
    %5 = Transpose(%4, [1,0,2]) : float32[16,3,64]
    %6 = Reshape(%5, [16,192]) : float32[16,192]
    %7 = MatMul(%2, %6) : float32[36,192]
    %8 = Reshape(%7, [36,3,64]) : float32[36,3,64]
    %9 = constant : float32[36,9]
    %10 = argument 1 : float32[3,3,64,65]
    %11 = Reshape(%10, [9,4160]) : float32[9,4160]
    %12 = MatMul(%9, %11) : float32[36,4160]
    %13 = Reshape(%12, [36,64,65]) : float32[36,64,65]
    %14 = BatchMatMulV2(%8, %13) : float32[36,3,65]
    %15 = Reshape(%14, [36,195]) : float32[36,195]
    %16 = MatMul(%1, %15) : float32[16,195]
    %17 = Reshape(%16, [4,4,1,1,3,65]) : float32[4,4,1,1,3,65]
    %18 = Transpose(%17, [4,2,0,3,1,5]) : float32[3,1,4,1,4,65]
    %19 = Reshape(%18, [3,4,4,65]) : float32[3,4,4,65]
    return %19`,
  );

  const rewritten: { name: string; x: number[]; kernel: number[]; padding?: 'valid' }[] = [
    { name: '3×3 on 4×4', x: [3, 4, 4, 64], kernel: [3, 3, 64, 65] },
    { name: '3×3 on 8×8', x: [2, 8, 8, 65], kernel: [3, 3, 65, 64] },
    { name: '3×3 on 4×16', x: [2, 4, 16, 64], kernel: [3, 3, 64, 64] },
    { name: '3×3 on 2×2', x: [3, 2, 2, 64], kernel: [3, 3, 64, 65] },
    { name: '5×5 on 2×2', x: [3, 2, 2, 64], kernel: [5, 5, 64, 64] },
    { name: '3×3 on 2×4', x: [1, 2, 4, 64], kernel: [3, 3, 64, 64] },
    {
      name: '3×3 on 6×10 without padding',
      x: [2, 6, 10, 64],
      kernel: [3, 3, 64, 64],
      padding: 'valid',
    },
  ];
  const kept: { name: string; x: number[]; kernel: number[]; stride?: number }[] = [
    { name: 'few channels', x: [2, 4, 4, 8], kernel: [3, 3, 8, 64] },
    { name: 'few filters', x: [2, 4, 4, 64], kernel: [3, 3, 64, 8] },
    { name: 'stride 2', x: [2, 8, 8, 64], kernel: [3, 3, 64, 64], stride: 2 },
    { name: '5×5 on 4×4', x: [2, 4, 4, 64], kernel: [5, 5, 64, 64] },
    { name: 'a map that tiles do not fill', x: [2, 5, 5, 64], kernel: [3, 3, 64, 64] },
    { name: 'a large map', x: [1, 16, 16, 64], kernel: [3, 3, 64, 64] },
  ];

  for (const { name, x, kernel, padding } of rewritten) {
    test(`${name}: forward and both gradients as matrix products`, () => {
      const step = withGradients((input: Tensor, filter: Tensor) =>
        convolution(input, filter, 1, padding),
      );
      const { after } = rewrite(step, [tensor(x), tensor(kernel, 2)], ['winogradConvolution']);
      assert.doesNotMatch(after, isConvolution);
    });
  }

  for (const { name, x, kernel, stride } of kept) {
    test(`${name}: left as it is`, () => {
      const step = withGradients((input: Tensor, filter: Tensor) =>
        convolution(input, filter, stride),
      );
      assertKeeps(step, [tensor(x), tensor(kernel, 2)], ['winogradConvolution']);
    });
  }

  test('padding beyond the kernel, on a map as wide as a tile', () => {
    const padding: [number, number][] = [
      [0, 0],
      [2, 2],
      [2, 2],
      [0, 0],
    ];
    const step: Step = (x: Tensor, kernel: Tensor) =>
      tf.conv2d(
        x as tf.Tensor4D,
        kernel as tf.Tensor4D,
        1,
        padding as unknown as Parameters<typeof tf.conv2d>[3],
      );
    const args = [tensor([2, 6, 6, 64]), tensor([3, 3, 64, 64], 2)];
    assert.doesNotMatch(rewrite(step, args, ['winogradConvolution']).after, isConvolution);
  });

  test('forward and gradients share what they lay out', () => {
    const step: Step = (x: Tensor, kernel: Tensor) =>
      tf.grads((input: Tensor, filter: Tensor) => convolution(input, filter).square())([x, kernel]);
    const args = [tensor([2, 4, 4, 64]), tensor([3, 3, 64, 64], 2)];
    const { after } = rewrite(step, args, ['winogradConvolution', 'shareEqual']);
    // Input, kernel and gradient once each.
    assert.equal(after.match(/ BatchMatMulV2\(/g)?.length, 3);
    assert.equal(after.match(/ MatMul\(/g)?.length, 6);
  });
});

describe('tiledConvolution', () => {
  const step: Step = (x: Tensor, kernel: Tensor) => convolution(x, kernel);

  testRewrite(
    '7×7: 4 tiles an image, of which each takes 6×6 pixels',
    step,
    [tensor([12, 7, 7, 64]), tensor([3, 3, 64, 65], 2)],
    ['tiledConvolution'],
    `
    %1 = argument 0 : float32[12,7,7,64]
    %2 = argument 1 : float32[3,3,64,65]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[12,7,7,65]
    return %3`,
    `
    %1 = constant : float32[16,36]
    %2 = constant : float32[36,36]
    %3 = argument 0 : float32[12,7,7,64]
    %4 = PadV2(%3, [[0,0],[1,2],[1,2],[0,0]], 0) : float32[12,10,10,64]
    %5 = Reshape(%4, [1200,64]) : float32[1200,64]
    %6 = constant : int32[1728]
    %7 = GatherV2(%5, %6, 0) : float32[1728,64]
    %8 = Reshape(%7, [36,3072]) : float32[36,3072]
    %9 = MatMul(%2, %8) : float32[36,3072]
    %10 = Reshape(%9, [36,48,64]) : float32[36,48,64]
    %11 = constant : float32[36,9]
    %12 = argument 1 : float32[3,3,64,65]
    %13 = Reshape(%12, [9,4160]) : float32[9,4160]
    %14 = MatMul(%11, %13) : float32[36,4160]
    %15 = Reshape(%14, [36,64,65]) : float32[36,64,65]
    %16 = BatchMatMulV2(%10, %15) : float32[36,48,65]
    %17 = Reshape(%16, [36,3120]) : float32[36,3120]
    %18 = MatMul(%1, %17) : float32[16,3120]
    %19 = Reshape(%18, [4,4,12,2,2,65]) : float32[4,4,12,2,2,65]
    %20 = Transpose(%19, [2,3,0,4,1,5]) : float32[12,2,4,2,4,65]
    %21 = Reshape(%20, [12,8,8,65]) : float32[12,8,8,65]
    %22 = Slice(%21, [0,0,0,0], [12,7,7,65]) : float32[12,7,7,65]
    return %22`,
  );

  const tiled: { name: string; x: number[]; kernel: number[]; padding?: 'valid' }[] = [
    { name: '12×9', x: [6, 12, 9, 65], kernel: [3, 3, 65, 64] },
    { name: '8×7 unpadded', x: [13, 8, 7, 64], kernel: [3, 3, 64, 64], padding: 'valid' },
  ];
  const kept: typeof tiled = [
    { name: '4×4', x: [48, 4, 4, 64], kernel: [3, 3, 64, 64] },
    { name: '5×5 taps', x: [6, 9, 9, 64], kernel: [5, 5, 64, 64] },
    { name: 'few tiles', x: [5, 9, 9, 64], kernel: [3, 3, 64, 64] },
    { name: 'few channels', x: [6, 9, 9, 8], kernel: [3, 3, 8, 64] },
  ];
  for (const { name, x, kernel, padding } of tiled) {
    test(`${name}: by tiles`, () => {
      const padded: Step = (input: Tensor, filter: Tensor) =>
        convolution(input, filter, 1, padding);
      const { after } = rewrite(padded, [tensor(x), tensor(kernel, 2)], ['tiledConvolution']);
      assert.doesNotMatch(after, isConvolution);
    });
  }
  for (const { name, x, kernel } of kept) {
    test(`${name}: left as it is`, () => {
      assertKeeps(step, [tensor(x), tensor(kernel, 2)], ['tiledConvolution']);
    });
  }
});

describe('matrixConvolution', () => {
  testRewrite(
    '3×3 on 2×2: images as rows, the taps laid out from every pixel to every pixel',
    (x: Tensor, kernel: Tensor) => convolution(x, kernel),
    [tensor([3, 2, 2, 4]), tensor([3, 3, 4, 5], 2)],
    ['matrixConvolution'],
    `
    %1 = argument 0 : float32[3,2,2,4]
    %2 = argument 1 : float32[3,3,4,5]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[3,2,2,5]
    return %3`,
    `
    %1 = argument 0 : float32[3,2,2,4]
    %2 = Reshape(%1, [3,16]) : float32[3,16]
    %3 = argument 1 : float32[3,3,4,5]
    %4 = Reshape(%3, [36,5]) : float32[36,5]
    %5 = constant : int32[64]
    %6 = GatherV2(%4, %5, 0) : float32[64,5]
    %7 = Reshape(%6, [16,20]) : float32[16,20]
    %8 = MatMul(%2, %7) : float32[3,20]
    %9 = Reshape(%8, [3,2,2,5]) : float32[3,2,2,5]
    return %9`,
  );

  const cases: {
    name: string;
    x: number[];
    kernel: number[];
    stride?: number;
    padding?: 'same' | 'valid';
  }[] = [
    { name: '3×3 on 2×2', x: [3, 2, 2, 4], kernel: [3, 3, 4, 5] },
    { name: '5×5 on 2×2', x: [3, 2, 2, 4], kernel: [5, 5, 4, 3] },
    { name: '5×5 on 4×3', x: [2, 4, 3, 2], kernel: [5, 5, 2, 3] },
    { name: '3×3 on 3×3 at stride 2', x: [2, 3, 3, 2], kernel: [3, 3, 2, 3], stride: 2 },
    { name: '3×3 on 3×3, valid', x: [2, 3, 3, 2], kernel: [3, 3, 2, 3], padding: 'valid' },
  ];
  const kept: typeof cases = [
    { name: '3×3 on 4×4', x: [2, 4, 4, 2], kernel: [3, 3, 2, 3] },
    // 225 × 225 pairs of pixels, for each of 18 × 19 pairs of channels.
    {
      name: '15×15, which would be many times as large',
      x: [1, 15, 15, 18],
      kernel: [15, 15, 18, 19],
    },
  ];
  const both = ({ stride, padding }: (typeof cases)[number]): Step =>
    withGradients((input: Tensor, filter: Tensor) => convolution(input, filter, stride, padding));

  for (const row of cases) {
    test(`${row.name}, forward and both gradients`, () => {
      const args = [tensor(row.x), tensor(row.kernel, 2)];
      assert.doesNotMatch(rewrite(both(row), args, ['matrixConvolution']).after, isConvolution);
    });
  }
  for (const row of kept) {
    test(`${row.name}: left as it is`, () => {
      assertKeeps(both(row), [tensor(row.x), tensor(row.kernel, 2)], ['matrixConvolution']);
    });
  }
});

describe('reshapeLast', () => {
  const step: Step = convBlock;
  const names = ['biasAdd', 'pointwiseConvolution', 'matrixConvolution', 'reshapeLast'];

  testRewrite(
    'bias and ReLU move in front of the reshape',
    step,
    [tensor([3, 2, 2, 3]), tensor([1, 1, 3, 4], 2), tensor([4], 3)],
    names,
    `
    %1 = argument 0 : float32[3,2,2,3]
    %2 = argument 1 : float32[1,1,3,4]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[3,2,2,4]
    %4 = argument 2 : float32[4]
    %5 = Add(%3, %4) : float32[3,2,2,4]
    %6 = Relu(%5) : float32[3,2,2,4]
    return %6`,
    `
    %1 = argument 0 : float32[3,2,2,3]
    %2 = Reshape(%1, [12,3]) : float32[12,3]
    %3 = argument 1 : float32[1,1,3,4]
    %4 = Reshape(%3, [3,4]) : float32[3,4]
    %5 = MatMul(%2, %4) : float32[12,4]
    %6 = argument 2 : float32[4]
    %7 = BiasAdd(%5, %6) : float32[12,4]
    %8 = Relu(%7) : float32[12,4]
    %9 = Reshape(%8, [3,2,2,4]) : float32[3,2,2,4]
    return %9`,
  );

  test('a bias over one of several axes is repeated for the others', () => {
    const args = [tensor([3, 2, 2, 3]), tensor([3, 3, 3, 4], 2), tensor([4], 3)];
    const [tile, ...rest] = rewrite(step, args, names).after.split('\n').slice(-5);
    assert.match(tile ?? '', /Tile\(%\d+, \[4\]\) : float32\[16\]$/);
    assert.deepEqual(
      rest.map((line) => line.replace(/.*= (\w+).* : /, '$1 ')),
      ['BiasAdd float32[3,16]', 'Relu float32[3,16]', 'Reshape float32[3,2,2,4]', 'return %13'],
    );
  });
});

describe('wholeMapPool', () => {
  const poolProjection = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
    convBlock(tf.maxPool(x as tf.Tensor4D, 3, 1, 'same'), kernel, bias);
  const names = [
    'reluGradient',
    'biasAdd',
    'biasGradient',
    'pointwiseConvolution',
    'matrixConvolution',
    'reshapeLast',
    'wholeMapPool',
  ];
  const step = withGradients(poolProjection);
  const args = [tensor([3, 2, 2, 4]), tensor([1, 1, 4, 5], 2), tensor([5], 3)];

  testRewrite(
    '3×3 on 2×2: pool and projection once a map',
    poolProjection,
    args,
    names,
    `
    %1 = argument 0 : float32[3,2,2,4]
    %2 = MaxPool(%1, ksize: [1,3,3,1], padding: SAME) : float32[3,2,2,4]
    %3 = argument 1 : float32[1,1,4,5]
    %4 = Conv2D(%2, %3, padding: SAME) : float32[3,2,2,5]
    %5 = argument 2 : float32[5]
    %6 = Add(%4, %5) : float32[3,2,2,5]
    %7 = Relu(%6) : float32[3,2,2,5]
    return %7`,
    `
    %1 = argument 0 : float32[3,2,2,4]
    %2 = MaxPool(%1, ksize: [1,2,2,1], padding: VALID) : float32[3,1,1,4]
    %3 = Reshape(%2, [3,4]) : float32[3,4]
    %4 = argument 1 : float32[1,1,4,5]
    %5 = Reshape(%4, [4,5]) : float32[4,5]
    %6 = MatMul(%3, %5) : float32[3,5]
    %7 = argument 2 : float32[5]
    %8 = BiasAdd(%6, %7) : float32[3,5]
    %9 = Relu(%8) : float32[3,5]
    %10 = Reshape(%9, [3,1,5]) : float32[3,1,5]
    %11 = Tile(%10, [1,4,1]) : float32[3,4,5]
    %12 = Reshape(%11, [3,2,2,5]) : float32[3,2,2,5]
    return %12`,
  );

  test('and backward', () => {
    const { after } = rewrite(step, args, names);
    assert.doesNotMatch(after, /(MatMul|BiasAdd|Relu|ReluGrad)\(.* : float32\[12,/);
  });

  test('equal maxima: the gradient goes to the pixel it went to', () => {
    const x = tf.tensor4d([5, 1, 5, 2, 5, 3, 5, 4, 0, 7, 1, 7, 1, 0, 0, 7], [2, 2, 2, 2]);
    rewrite(step, [x, tensor([1, 1, 2, 3], 2), tensor([3], 3)], names);
  });

  test('windows that miss a pixel are left alone', () => {
    assertKeeps(step, [tensor([2, 3, 2, 4]), tensor([1, 1, 4, 5], 2), tensor([5], 3)], names);
  });
});

describe('shareEqual', () => {
  testRewrite(
    'equal operations once, unequal ones each',
    (x: Tensor) => [tf.add(tf.square(x), tf.square(x)), tf.mul(x, 2), tf.mul(x, 3)],
    [tensor([4])],
    ['shareEqual'],
    `
    %1 = argument 0 : float32[4]
    %2 = Square(%1) : float32[4]
    %3 = Square(%1) : float32[4]
    %4 = Add(%2, %3) : float32[4]
    %5 = Mul(%1, 2) : float32[4]
    %6 = Mul(%1, 3) : float32[4]
    return %4, %5, %6`,
    `
    %1 = argument 0 : float32[4]
    %2 = Square(%1) : float32[4]
    %3 = Add(%2, %2) : float32[4]
    %4 = Mul(%1, 2) : float32[4]
    %5 = Mul(%1, 3) : float32[4]
    return %3, %4, %5`,
    0,
  );

  test('two random draws stay two', () => {
    const step: Step = () => tf.sub(tf.randomUniform([20]), tf.randomUniform([20]));
    assert.equal(
      print(recorded(step, [], ['shareEqual'])),
      lines(`
      %1 = number of the call : int32[]
      %2 = Pack(0, %1, axis: 0) : int32[2]
      %3 = StatelessRandomUniform([20], %2) : float32[20]
      %4 = Pack(1, %1, axis: 0) : int32[2]
      %5 = StatelessRandomUniform([20], %4) : float32[20]
      %6 = Sub(%3, %5) : float32[20]
      return %6`),
    );
  });
});

type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

describe('sharedInput', () => {
  const before = [
    'reluGradient',
    'biasAdd',
    'biasGradient',
    'pointwiseConvolution',
    'matrixConvolution',
    'reshapeLast',
    'shareEqual',
  ];

  testRewrite(
    'two 1×1 convolutions of one input as one product',
    (x: Tensor, k1: Tensor, b1: Tensor, k2: Tensor, b2: Tensor) => [
      convBlock(x, k1, b1),
      convBlock(x, k2, b2),
    ],
    [
      tensor([2, 3, 3, 4]),
      tensor([1, 1, 4, 5], 2),
      tensor([5], 3),
      tensor([1, 1, 4, 2], 4),
      tensor([2], 5),
    ],
    [...before, 'sharedInput'],
    `
    %1 = argument 0 : float32[2,3,3,4]
    %2 = argument 1 : float32[1,1,4,5]
    %3 = Conv2D(%1, %2, padding: SAME) : float32[2,3,3,5]
    %4 = argument 2 : float32[5]
    %5 = Add(%3, %4) : float32[2,3,3,5]
    %6 = Relu(%5) : float32[2,3,3,5]
    %7 = argument 3 : float32[1,1,4,2]
    %8 = Conv2D(%1, %7, padding: SAME) : float32[2,3,3,2]
    %9 = argument 4 : float32[2]
    %10 = Add(%8, %9) : float32[2,3,3,2]
    %11 = Relu(%10) : float32[2,3,3,2]
    return %6, %11`,
    `
    %1 = argument 0 : float32[2,3,3,4]
    %2 = Reshape(%1, [18,4]) : float32[18,4]
    %3 = argument 1 : float32[1,1,4,5]
    %4 = Reshape(%3, [4,5]) : float32[4,5]
    %5 = argument 3 : float32[1,1,4,2]
    %6 = Reshape(%5, [4,2]) : float32[4,2]
    %7 = ConcatV2(%4, %6, 1) : float32[4,7]
    %8 = MatMul(%2, %7) : float32[18,7]
    %9 = argument 2 : float32[5]
    %10 = argument 4 : float32[2]
    %11 = ConcatV2(%9, %10, 0) : float32[7]
    %12 = BiasAdd(%8, %11) : float32[18,7]
    %13 = Relu(%12) : float32[18,7]
    %14, %15 = SplitV(%13, [5,2], 1, num_split: 2) : float32[18,5], float32[18,2]
    %16 = Reshape(%14, [2,3,3,5]) : float32[2,3,3,5]
    %17 = Reshape(%15, [2,3,3,2]) : float32[2,3,3,2]
    return %16, %17`,
  );

  test('three 1×1 convolutions of one input as one product, forward and backward', () => {
    const head = (x: Tensor, ...[k1, k2, k3, b1, b2, b3]: Six): Tensor => {
      // The average stands for an Inception block's pooling branch.
      const pool = tf.avgPool(x as tf.Tensor4D, 2, 1, 'same');
      return tf.concat([convBlock(x, k1, b1), convBlock(x, k2, b2), convBlock(x, k3, b3), pool], 3);
    };
    const step: Step = (...args: Tensor[]) =>
      tf.grads((...inputs: Tensor[]) => head(...(inputs as [Tensor, ...Six])).square())(args);
    const args = [
      tensor([2, 3, 3, 4]),
      ...[5, 2, 3].map((width, i) => tensor([1, 1, 4, width], i + 2)),
      ...[5, 2, 3].map((width, i) => tensor([width], i + 9)),
    ];
    const separate = print(recorded(step, args, before));
    const { after } = rewrite(step, args, [...before, 'sharedInput']);
    assert.equal(separate.match(/ MatMul\(/g)?.length, 9);
    assert.equal(after.match(/ MatMul\(/g)?.length, 3);
  });

  test('a kernel that waits for another product of the same input is left apart', () => {
    // As by an update of the kernel between two passes over one batch.
    const step: Step = (x: Tensor, kernel: Tensor, bias: Tensor) => {
      const first = convBlock(x, kernel, bias);
      return [first, convBlock(x, kernel.sub(first.mean()), bias)];
    };
    const args = [tensor([2, 3, 3, 4]), tensor([1, 1, 4, 5], 2), tensor([5], 3)];
    assertKeeps(step, args, [
      'biasAdd',
      'pointwiseConvolution',
      'matrixConvolution',
      'reshapeLast',
      'sharedInput',
    ]);
  });

  test('a gradient that waits for another of the same input is left apart', () => {
    // What one head's gradient is goes into the other head's loss.
    const step: Step = (x: Tensor, k1: Tensor, k2: Tensor) => {
      const gradients = (kernel: Tensor, weight: Tensor) =>
        tf.grads((input: Tensor, k: Tensor) =>
          convBlock(input, k, tf.ones([5]))
            .square()
            .mul(weight),
        )([x, kernel]);
      const first = gradients(k1, tf.scalar(1));
      const second = gradients(k2, (first[1] as Tensor).mean());
      return [...first, ...second];
    };
    const args = [tensor([2, 3, 3, 4]), tensor([1, 1, 4, 5], 2), tensor([1, 1, 4, 5], 3)];
    rewrite(step, args, [...before, 'sharedInput']);
  });
});

describe('fusedAdam', () => {
  test('an update of the variable and its moments in place of a tree of operations', () => {
    const weight = tf.variable(tensor([6]), true, 'weight');
    const optimizer = tf.train.adam(0.05, 0.8, 0.99, 1e-3);
    const step: Step = (gradient: Tensor) => {
      optimizer.applyGradients([{ name: 'weight', tensor: gradient }]);
      return undefined;
    };
    const [before, after] = [[], ['fusedAdam']].map((names) => {
      const program = print(recorded(step, [tensor([6])], names));
      // The optimizer's own variables have numbers for names, in the order of their making.
      const own = new Set(
        program.match(/variable \d+/g)?.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)),
      );
      return [...own].reduce(
        (text, name, i) => text.replaceAll(name, `variable ${['β₁ᵗ', 'β₂ᵗ', 'm', 'v'][i] ?? ''}`),
        program,
      );
    });
    assert.equal(
      before,
      lines(`
      %1 = variable β₁ᵗ : float32[]
      %2 = Mul(%1, 0.8) : float32[]
      %3 = variable β₂ᵗ : float32[]
      %4 = Mul(%3, 0.99) : float32[]
      %5 = variable m : float32[6]
      %6 = Mul(%5, 0.8) : float32[6]
      %7 = argument 0 : float32[6]
      %8 = Mul(%7, 0.2) : float32[6]
      %9 = Add(%6, %8) : float32[6]
      %10 = variable v : float32[6]
      %11 = Mul(%10, 0.99) : float32[6]
      %12 = Square(%7) : float32[6]
      %13 = Mul(%12, 0.01) : float32[6]
      %14 = Add(%11, %13) : float32[6]
      %15 = Sub(1, %1) : float32[]
      %16 = RealDiv(%9, %15) : float32[6]
      %17 = Sub(1, %3) : float32[]
      %18 = RealDiv(%14, %17) : float32[6]
      %19 = Sqrt(%18) : float32[6]
      %20 = Add(%19, 0.001) : float32[6]
      %21 = RealDiv(%16, %20) : float32[6]
      %22 = −learning rate : float32[]
      %23 = Mul(%21, %22) : float32[6]
      %24 = variable weight : float32[6]
      %25 = Add(%23, %24) : float32[6]
      AssignVariableOp(variable β₁ᵗ, %2)
      AssignVariableOp(variable β₂ᵗ, %4)
      AssignVariableOp(variable m, %9)
      AssignVariableOp(variable v, %14)
      AssignVariableOp(variable weight, %25)
      return`),
    );
    assert.equal(
      after,
      lines(`
      %1 = variable β₁ᵗ : float32[]
      %2 = Mul(%1, 0.8) : float32[]
      %3 = variable β₂ᵗ : float32[]
      %4 = Mul(%3, 0.99) : float32[]
      %5 = −learning rate : float32[]
      %6 = Mul(%5, -1) : float32[]
      %7 = Sub(1, %3) : float32[]
      %8 = Sqrt(%7) : float32[]
      %9 = Mul(0.001, %8) : float32[]
      %10 = argument 0 : float32[6]
      AssignVariableOp(variable β₁ᵗ, %2)
      AssignVariableOp(variable β₂ᵗ, %4)
      ResourceApplyAdam(variable weight, variable m, variable v, %1, %3, %6, 0.8, 0.99, %9, %10)
      return`),
    );
    weight.dispose();
  });

  for (const keep of [undefined, 0.9]) {
    const decay = keep === undefined ? '' : ', of a weight that is shrunk before each';
    test(`weight and moments after three steps are those of the recorded operations${decay}`, async () => {
      const values = async (names: readonly string[]): Promise<number[]> => {
        const weight = tf.variable(tensor([6]));
        const optimizer = tf.train.adam(0.05, 0.8, 0.99, 1e-3);
        const step: Step = (x: Tensor) => {
          const { value, grads } = tf.variableGrads(
            () => weight.mul(x).square().sum().asScalar(),
            [weight],
          );
          if (keep !== undefined) weight.assign(weight.mul(keep));
          optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
          return value;
        };
        const x = tensor([6], 5);
        const program = recorded(step, [x], names);
        const fused = program.effects.filter(({ op }) => op === 'ResourceApplyAdam');
        assert.equal(fused.length, names.length);
        const session = new StepSession();
        const loaded = session.load(program);
        for (let i = 0; i < 3; i++) await session.run(loaded, [hostTensor(x)], i);
        const slots = (await optimizer.getWeights()).slice(1);
        const all = [weight, ...slots.map(({ tensor: slot }) => slot)].flatMap((slot) => [
          ...slot.dataSync(),
        ]);
        session.dispose();
        return all;
      };
      const [expected, actual] = [await values([]), await values(['fusedAdam'])];
      assert.equal(expected.length, 18);
      assertWithin(
        largestRelativeDifference(actual, expected),
        1e-4,
        `weight and moments after three fused steps of Adam${decay}`,
      );
    });
  }
});
