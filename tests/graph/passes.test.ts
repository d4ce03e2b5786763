import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from 'googlenet/graph';
import { nodesOf, type Program } from 'googlenet/graph/ir';
import { passes } from 'googlenet/graph/passes';
import { merge, record, type ArgumentTree, type TensorTree } from 'googlenet/graph/record';
import { StepSession } from 'googlenet/graph/state';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import { tensor } from './models';

type Step = (...args: tf.Tensor[]) => TensorTree;

/** The step as recorded, and after the named passes. */
function recorded(step: Step, args: tf.Tensor[], names: readonly string[]): Program {
  const once = (round: 0 | 1) =>
    record(
      step as (...args: ArgumentTree[]) => TensorTree,
      args,
      round,
      undefined,
      () => undefined,
    );
  const program = merge(once(0), once(1), 0);
  return names.reduce((current, name) => {
    const pass = passes[name];
    assert.ok(pass, `there is a pass ${name}`);
    return pass(current);
  }, program);
}

function run(program: Program, args: tf.Tensor[]): Float32Array[] {
  const session = new StepSession();
  try {
    const inputs = args.map((arg) => ({
      dtype: arg.dtype === 'int32' ? 3 : 1,
      shape: arg.shape,
      values: arg.dataSync(),
    }));
    return session
      .runNow(session.load(program), inputs)
      .map(({ values }) => values as Float32Array);
  } finally {
    session.dispose();
  }
}

function operations(program: Program): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of nodesOf(program)) counts.set(op, (counts.get(op) ?? 0) + 1);
  return counts;
}

/** The rewritten step computes what the recorded one does. */
function assertEqual(
  step: Step,
  args: tf.Tensor[],
  names: readonly string[],
  tolerance = 5e-5,
): Map<string, number> {
  const expected = run(recorded(step, args, []), args);
  const program = recorded(step, args, names);
  const actual = run(program, args);
  expected.forEach((values, i) => {
    const scale = Math.max(...values.map(Math.abs), 1e-3);
    const difference = largestDifference(actual[i] ?? [], values) / scale;
    assertWithin(difference, tolerance, `result ${i} after ${names.at(-1) ?? 'no pass'}`);
  });
  return operations(program);
}

/** A function's results and its gradients for every argument. */
function withGradients(f: (...args: tf.Tensor[]) => tf.Tensor): Step {
  return (...args) => {
    const grads = tf.grads((...inputs: tf.Tensor[]) => f(...inputs).mul(weights(f(...inputs))))(
      args,
    );
    return [f(...args), ...grads];
  };
}

/** Uneven weights, so that a gradient at the wrong place shows. */
function weights(like: tf.Tensor): tf.Tensor {
  return tf.range(0, like.size, 1, 'float32').reshape(like.shape).mul(0.01).sin();
}

describe('residentGather', () => {
  test('rows are taken where the session keeps the tensor', () => {
    const table = tf.tensor2d(
      Array.from({ length: 2000 }, (_, i) => i),
      [500, 4],
    );
    const operations = assertEqual(
      (indices) => ({ rows: tf.gather(table, indices), columns: tf.gather(table, [2, 0], 1) }),
      [tf.tensor1d([499, 0, 7, 7], 'int32')],
      ['residentGather'],
    );
    assert.deepEqual([operations.get('ResourceGather'), operations.get('GatherV2')], [1, 1]);
  });
});

describe('reluGradient', () => {
  test('one ReluGrad for the whole expression', () => {
    const step: Step = (x) => tf.grad((input: tf.Tensor) => tf.relu(input).square())(x);
    const x = tf.tensor1d([-2, -0, 0, 1e-30, 3, -1e-30]);
    const ops = assertEqual(step, [x], ['reluGradient'], 0);
    assert.equal(ops.get('ReluGrad'), 1);
    assert.equal(ops.get('Select'), undefined);
  });

  test('leaves a leaky ReLU alone', () => {
    const step: Step = (x) => tf.grad((input: tf.Tensor) => tf.leakyRelu(input, 0.1))(x);
    const ops = assertEqual(step, [tf.tensor1d([-2, 0, 3])], ['reluGradient'], 0);
    assert.equal(ops.get('ReluGrad'), undefined);
  });
});

describe('biasAdd and biasGradient', () => {
  const step = withGradients((x, kernel, bias) =>
    tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same').add(bias),
  );
  const args = [tensor([2, 5, 5, 3]), tensor([3, 3, 3, 4], 2), tensor([4], 3)];

  test('a bias behind a convolution, and its gradient', () => {
    const ops = assertEqual(step, args, ['biasAdd', 'biasGradient']);
    assert.ok((ops.get('BiasAdd') ?? 0) > 0);
    assert.equal(ops.get('BiasAddGrad'), 1);
    assert.equal(ops.get('Sum'), undefined);
  });

  test('a sum over other axes stays', () => {
    const ops = assertEqual((x) => [tf.sum(x, [0, 1])], [tensor([2, 3, 4])], ['biasGradient']);
    assert.equal(ops.get('BiasAddGrad'), 1);
    const kept = assertEqual((x) => [tf.sum(x, 2)], [tensor([2, 3, 4])], ['biasGradient']);
    assert.equal(kept.get('BiasAddGrad'), undefined);
  });
});

describe('softmax', () => {
  test('forward and backward', () => {
    const step = withGradients((x) => tf.softmax(x));
    const ops = assertEqual(step, [tensor([4, 10])], ['softmax']);
    assert.equal(ops.get('Softmax'), undefined);
  });

  test('a row with a NaN is NaN all over', async () => {
    const compiled = compile((x: tf.Tensor) => tf.softmax(x));
    const probabilities = await compiled(tf.tensor2d([2, NaN, 1, 5, 5, 5], [2, 3]));
    const isNaN = [...probabilities.dataSync()].map(Number.isNaN);
    assert.deepEqual(isNaN, [true, true, true, false, false, false]);
    compiled.dispose();
  });
});

describe('stridedMaxPool', () => {
  for (const [size, stride] of [
    [8, 2],
    [7, 2],
    [4, 2],
    [9, 3],
    [2, 2],
  ] as const) {
    test(`3×3 windows at stride ${stride} on ${size}×${size}, with the gradient`, () => {
      const step = withGradients((x) =>
        tf.maxPool(tf.maxPool(x as tf.Tensor4D, 3, 1, 'same'), 1, stride, 'valid'),
      );
      // All negative: a padding of zeros would win.
      const x = tensor([2, size, size, 3]).sub(2);
      const ops = assertEqual(step, [x], ['shareEqual', 'stridedMaxPool'], 0);
      assert.equal(ops.get('MaxPool'), 1);
      assert.equal(ops.get('MaxPoolGrad'), 1);
    });
  }

  test('a pool that something else reads too stays', () => {
    const ops = assertEqual(
      (x) => {
        const windows = tf.maxPool(x as tf.Tensor4D, 3, 1, 'same');
        return [windows, tf.maxPool(windows, 1, 2, 'valid')];
      },
      [tensor([1, 4, 4, 2])],
      ['stridedMaxPool'],
      0,
    );
    assert.equal(ops.get('MaxPool'), 2);
  });
});

describe('matrixConvolution', () => {
  const cases: {
    name: string;
    x: number[];
    kernel: number[];
    stride: number;
    padding: 'same' | 'valid';
    matrix: boolean;
  }[] = [
    {
      name: '1×1',
      x: [2, 5, 4, 3],
      kernel: [1, 1, 3, 6],
      stride: 1,
      padding: 'same',
      matrix: true,
    },
    {
      name: '3×3 on 2×2',
      x: [3, 2, 2, 4],
      kernel: [3, 3, 4, 5],
      stride: 1,
      padding: 'same',
      matrix: true,
    },
    {
      name: '5×5 on 2×2',
      x: [3, 2, 2, 4],
      kernel: [5, 5, 4, 3],
      stride: 1,
      padding: 'same',
      matrix: true,
    },
    {
      name: '5×5 on 4×3',
      x: [2, 4, 3, 2],
      kernel: [5, 5, 2, 3],
      stride: 1,
      padding: 'same',
      matrix: true,
    },
    {
      name: '3×3 on 3×3 at stride 2',
      x: [2, 3, 3, 2],
      kernel: [3, 3, 2, 3],
      stride: 2,
      padding: 'same',
      matrix: true,
    },
    {
      name: '3×3 on 3×3, valid',
      x: [2, 3, 3, 2],
      kernel: [3, 3, 2, 3],
      stride: 1,
      padding: 'valid',
      matrix: true,
    },
    {
      name: '3×3 on 4×4',
      x: [2, 4, 4, 2],
      kernel: [3, 3, 2, 3],
      stride: 1,
      padding: 'same',
      matrix: false,
    },
    {
      // Of fewer channels the filter's gradient has no stride: see lib/runtime/kernels.
      name: '1×1 at stride 2',
      x: [2, 4, 4, 16],
      kernel: [1, 1, 16, 3],
      stride: 2,
      padding: 'same',
      matrix: false,
    },
  ];
  for (const { name, x, kernel, stride, padding, matrix } of cases) {
    test(`${name}, forward and both gradients`, () => {
      const step = withGradients((input, filter) =>
        tf.conv2d(input as tf.Tensor4D, filter as tf.Tensor4D, stride, padding),
      );
      const ops = assertEqual(step, [tensor(x), tensor(kernel, 2)], ['matrixConvolution']);
      for (const op of ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter']) {
        assert.equal(ops.has(op), !matrix, op);
      }
    });
  }
});

describe('matrixConvolution leaves alone', () => {
  const convolutions = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];

  test('a 1×1 kernel with padding of its own', () => {
    const padding: [number, number][] = [
      [0, 0],
      [1, 1],
      [2, 0],
      [0, 0],
    ];
    const step: Step = (x, kernel) =>
      tf.conv2d(
        x as tf.Tensor4D,
        kernel as tf.Tensor4D,
        1,
        padding as tf.backend_util.ExplicitPadding,
      );
    const ops = assertEqual(
      step,
      [tensor([2, 3, 3, 4]), tensor([1, 1, 4, 5], 2)],
      ['matrixConvolution'],
    );
    assert.ok(ops.has('Conv2D'));
  });

  test('a kernel that would be many times as large', () => {
    const step = withGradients((x, kernel) =>
      tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same'),
    );
    // 225 × 225 pairs of pixels, for each of 18 × 19 pairs of channels
    const ops = assertEqual(
      step,
      [tensor([1, 15, 15, 18]), tensor([15, 15, 18, 19], 2)],
      ['matrixConvolution'],
    );
    for (const op of convolutions) assert.ok(ops.has(op), op);
  });
});

describe('winogradConvolution', () => {
  const rewritten: { name: string; x: number[]; kernel: number[]; padding: 'same' | 'valid' }[] = [
    { name: '3×3 on 4×4', x: [3, 4, 4, 64], kernel: [3, 3, 64, 65], padding: 'same' },
    { name: '3×3 on 8×8', x: [2, 8, 8, 65], kernel: [3, 3, 65, 64], padding: 'same' },
    { name: '3×3 on 4×16', x: [2, 4, 16, 64], kernel: [3, 3, 64, 64], padding: 'same' },
    { name: '3×3 on 2×2', x: [3, 2, 2, 64], kernel: [3, 3, 64, 65], padding: 'same' },
    { name: '5×5 on 2×2', x: [3, 2, 2, 64], kernel: [5, 5, 64, 64], padding: 'same' },
    { name: '3×3 on 2×4', x: [1, 2, 4, 64], kernel: [3, 3, 64, 64], padding: 'same' },
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
  const convolution = (stride: number, padding: 'same' | 'valid'): Step =>
    withGradients((input, filter) =>
      tf.conv2d(input as tf.Tensor4D, filter as tf.Tensor4D, stride, padding),
    );
  const convolutions = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];

  for (const { name, x, kernel, padding } of rewritten) {
    test(`${name}: forward and both gradients as matrix products`, () => {
      const ops = assertEqual(
        convolution(1, padding),
        [tensor(x), tensor(kernel, 2)],
        ['winogradConvolution'],
      );
      for (const op of convolutions) assert.equal(ops.has(op), false, op);
    });
  }

  for (const { name, x, kernel, stride = 1 } of kept) {
    test(`${name}: left as it is`, () => {
      const ops = assertEqual(
        convolution(stride, 'same'),
        [tensor(x), tensor(kernel, 2)],
        ['winogradConvolution'],
      );
      for (const op of convolutions) assert.equal(ops.has(op), true, op);
    });
  }

  test('padding beyond the kernel, on a map as wide as a tile', () => {
    const padding: [number, number][] = [
      [0, 0],
      [2, 2],
      [2, 2],
      [0, 0],
    ];
    const step: Step = (x, kernel) =>
      tf.conv2d(
        x as tf.Tensor4D,
        kernel as tf.Tensor4D,
        1,
        padding as unknown as Parameters<typeof tf.conv2d>[3],
      );
    const args = [tensor([2, 6, 6, 64]), tensor([3, 3, 64, 64], 2)];
    assert.equal(assertEqual(step, args, ['winogradConvolution']).has('Conv2D'), false);
  });

  test('forward and gradients share what they lay out', () => {
    const step: Step = (x, kernel) =>
      tf.grads((input: tf.Tensor, filter: tf.Tensor) =>
        tf.conv2d(input as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same').square(),
      )([x, kernel] as tf.Tensor[]);
    const args = [tensor([2, 4, 4, 64]), tensor([3, 3, 64, 64], 2)];
    const ops = assertEqual(step, args, ['winogradConvolution', 'shareEqual']);
    // Input, kernel and gradient once each.
    assert.equal(ops.get('BatchMatMulV2'), 3);
    assert.equal(ops.get('MatMul'), 6);
  });
});

describe('tiledConvolution', () => {
  const cases: {
    name: string;
    x: number[];
    kernel: number[];
    padding: 'same' | 'valid';
    tiled: boolean;
  }[] = [
    { name: '7×7', x: [12, 7, 7, 64], kernel: [3, 3, 64, 65], padding: 'same', tiled: true },
    { name: '12×9', x: [6, 12, 9, 65], kernel: [3, 3, 65, 64], padding: 'same', tiled: true },
    {
      name: '8×7 unpadded',
      x: [13, 8, 7, 64],
      kernel: [3, 3, 64, 64],
      padding: 'valid',
      tiled: true,
    },
    { name: '4×4', x: [48, 4, 4, 64], kernel: [3, 3, 64, 64], padding: 'same', tiled: false },
    { name: '5×5 taps', x: [6, 9, 9, 64], kernel: [5, 5, 64, 64], padding: 'same', tiled: false },
    { name: 'few tiles', x: [5, 9, 9, 64], kernel: [3, 3, 64, 64], padding: 'same', tiled: false },
    { name: 'few channels', x: [6, 9, 9, 8], kernel: [3, 3, 8, 64], padding: 'same', tiled: false },
  ];
  for (const { name, x, kernel, padding, tiled } of cases) {
    test(`${name}: ${tiled ? 'by tiles' : 'left as it is'}`, () => {
      const step: Step = (input, filter) =>
        tf.conv2d(input as tf.Tensor4D, filter as tf.Tensor4D, 1, padding);
      const ops = assertEqual(step, [tensor(x), tensor(kernel, 2)], ['tiledConvolution']);
      assert.equal(ops.has('Conv2D'), !tiled);
    });
  }
});

describe('reshapeLast', () => {
  test('bias and ReLU move in front of the reshape', () => {
    const step: Step = (x, kernel, bias) =>
      tf.relu(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same').add(bias));
    for (const kernel of [tensor([1, 1, 3, 4], 2), tensor([3, 3, 3, 4], 2)]) {
      const args = [tensor([3, 2, 2, 3]), kernel, tensor([4], 3)];
      const names = ['biasAdd', 'matrixConvolution', 'reshapeLast'];
      assertEqual(step, args, names);
      const chain = nodesOf(recorded(step, args, names))
        .filter(({ op }) => ['MatMul', 'BiasAdd', 'Relu', 'Reshape'].includes(op))
        .map(({ op }) => op);
      assert.deepEqual(chain.slice(-3), ['BiasAdd', 'Relu', 'Reshape']);
    }
  });
});

describe('wholeMapPool', () => {
  const poolProjection = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
    const pooled = tf.maxPool(x as tf.Tensor4D, 3, 1, 'same');
    return tf.relu(tf.conv2d(pooled, kernel as tf.Tensor4D, 1, 'same').add(bias));
  };
  const before = ['reluGradient', 'biasAdd', 'biasGradient', 'matrixConvolution', 'reshapeLast'];
  const step = withGradients((x, kernel, bias) => poolProjection(x, kernel, bias));
  const rowsOf = (program: Program): Set<number | undefined> =>
    new Set(
      nodesOf(program)
        .filter(({ op }) => op === 'BiasAdd')
        .map(({ output }) => output.shape[0]),
    );

  test('3×3 on 2×2: pool and projection once a map, forward and backward', () => {
    const args = [tensor([3, 2, 2, 4]), tensor([1, 1, 4, 5], 2), tensor([5], 3)];
    assertEqual(step, args, [...before, 'wholeMapPool']);
    assert.deepEqual(rowsOf(recorded(step, args, before)), new Set([3 * 4]));
    assert.deepEqual(rowsOf(recorded(step, args, [...before, 'wholeMapPool'])), new Set([3]));
  });

  test('equal maxima: the gradient goes to the pixel it went to', () => {
    const x = tf.tensor4d([5, 1, 5, 2, 5, 3, 5, 4, 0, 7, 1, 7, 1, 0, 0, 7], [2, 2, 2, 2]);
    assertEqual(step, [x, tensor([1, 1, 2, 3], 2), tensor([3], 3)], [...before, 'wholeMapPool']);
  });

  test('windows that miss a pixel are left alone', () => {
    const args = [tensor([2, 3, 2, 4]), tensor([1, 1, 4, 5], 2), tensor([5], 3)];
    assertEqual(step, args, [...before, 'wholeMapPool']);
    assert.deepEqual(rowsOf(recorded(step, args, [...before, 'wholeMapPool'])), new Set([2 * 6]));
  });
});

describe('shareEqual', () => {
  test('equal operations once, unequal ones each', () => {
    const step: Step = (x) => [tf.add(tf.square(x), tf.square(x)), tf.mul(x, 2), tf.mul(x, 3)];
    const ops = assertEqual(step, [tensor([4])], ['shareEqual'], 0);
    assert.equal(ops.get('Square'), 1);
    assert.equal(ops.get('Mul'), 2);
  });

  test('two random draws stay two', () => {
    const step: Step = () => tf.sub(tf.randomUniform([20]), tf.randomUniform([20]));
    const program = recorded(step, [], ['shareEqual']);
    assert.equal(operations(program).get('StatelessRandomUniform'), 2);
  });
});

describe('sharedInput', () => {
  const before = [
    'reluGradient',
    'biasAdd',
    'biasGradient',
    'matrixConvolution',
    'reshapeLast',
    'shareEqual',
  ];

  test('three 1×1 convolutions of one input as one product, forward and backward', () => {
    const branch = (x: tf.Tensor, kernel?: tf.Tensor, bias?: tf.Tensor): tf.Tensor =>
      tf.relu(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same').add(bias as tf.Tensor));
    const step: Step = (x, k1, k2, k3, b1, b2, b3) => {
      const f = (...inputs: tf.Tensor[]): tf.Tensor => {
        const [input, i1, i2, i3, j1, j2, j3] = inputs as [tf.Tensor, ...tf.Tensor[]];
        // The average stands for an Inception block's pooling branch.
        const pool = tf.avgPool(input as tf.Tensor4D, 2, 1, 'same');
        return tf.concat(
          [branch(input, i1, j1), branch(input, i2, j2), branch(input, i3, j3), pool],
          3,
        );
      };
      const all = [x, k1, k2, k3, b1, b2, b3] as tf.Tensor[];
      return tf.grads((...inputs: tf.Tensor[]) => f(...inputs).square())(all);
    };
    const args = [
      tensor([2, 3, 3, 4]),
      ...[5, 2, 3].map((width, i) => tensor([1, 1, 4, width], i + 2)),
      ...[5, 2, 3].map((width, i) => tensor([width], i + 9)),
    ];
    const separate = operations(recorded(step, args, before)).get('MatMul');
    const ops = assertEqual(step, args, [...before, 'sharedInput']);
    assert.equal(separate, 9);
    assert.equal(ops.get('MatMul'), 3);
  });

  test('a kernel that waits for another product of the same input is left apart', () => {
    const convolution = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
      tf.relu(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same').add(bias));
    // As by an update of the kernel between two passes over one batch.
    const step: Step = (...args) => {
      const [x, kernel, bias] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
      const first = convolution(x, kernel, bias);
      return [first, convolution(x, kernel.sub(first.mean()), bias)];
    };
    const args = [tensor([2, 3, 3, 4]), tensor([1, 1, 4, 5], 2), tensor([5], 3)];
    const ops = assertEqual(step, args, [
      'biasAdd',
      'matrixConvolution',
      'reshapeLast',
      'sharedInput',
    ]);
    assert.equal(ops.get('MatMul'), 2);
  });

  test('a gradient that waits for another of the same input is left apart', () => {
    // What one head's gradient is goes into the other head's loss.
    const step: Step = (...args) => {
      const [x, k1, k2] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
      const gradients = (kernel: tf.Tensor, weight: tf.Tensor) =>
        tf.grads((input: tf.Tensor, k: tf.Tensor) =>
          tf
            .relu(tf.conv2d(input as tf.Tensor4D, k as tf.Tensor4D, 1, 'same').add(tf.ones([5])))
            .square()
            .mul(weight),
        )([x, kernel]);
      const first = gradients(k1, tf.scalar(1));
      const second = gradients(k2, (first[1] as tf.Tensor).mean());
      return [...first, ...second];
    };
    const args = [tensor([2, 3, 3, 4]), tensor([1, 1, 4, 5], 2), tensor([1, 1, 4, 5], 3)];
    assertEqual(step, args, [...before, 'sharedInput']);
  });
});

describe('fusedAdam', () => {
  test('weight and moments after three steps are those of the recorded operations', async () => {
    const values = async (names: readonly string[]): Promise<number[]> => {
      const weight = tf.variable(tensor([6]));
      const optimizer = tf.train.adam(0.05, 0.8, 0.99, 1e-3);
      const step: Step = (x) =>
        optimizer.minimize(() => weight.mul(x).square().sum().asScalar(), true, [weight]);
      const x = tensor([6], 5);
      step(x); // makes the moments
      const program = recorded(step, [x], names);
      const session = new StepSession();
      const loaded = session.load(program);
      for (let i = 0; i < 3; i++) {
        await session.run(loaded, [{ dtype: 1, shape: [6], values: x.dataSync() }], i);
      }
      const slots = (await optimizer.getWeights()).slice(1);
      const all = [weight, ...slots.map(({ tensor: slot }) => slot)].flatMap((slot) => [
        ...slot.dataSync(),
      ]);
      session.dispose();
      const applied = program.effects.filter(({ op }) => op === 'ResourceApplyAdam').length;
      assert.equal(applied, names.length);
      return all;
    };
    const [expected, actual] = [await values([]), await values(['fusedAdam'])];
    assert.equal(expected.length, 18);
    assertWithin(
      largestRelativeDifference(actual, expected),
      1e-4,
      'weight and moments after three fused steps of Adam',
    );
  });
});
