import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  compile,
  compileReplicas,
  meanOverReplicas,
  sumOverReplicas,
  type Distribution,
} from 'googlenet/graph';
import { BatchNorm2d, Conv2d, Flatten, Linear, Module, ReLU, type Features } from 'googlenet/nn';
import { manualSeed } from 'googlenet/random';
import { statelessUniform, tf } from 'googlenet/runtime';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import { denseNet, labels, optimizers, scalar, tensor, variablesOf } from '../graph/models';
import { serversHere } from './servers';

/** Nothing is asked of them while a program is only printed. */
const TWO = ['a:1', 'b:1'];

/** The rows of both tensors: the first so many to the first worker, and so on. */
function byRows(
  workers: readonly string[],
  shares: readonly number[],
): Distribution<[tf.Tensor, tf.Tensor]> {
  return {
    workers,
    split(x, y) {
      const [length = 0] = x.shape;
      let start = 0;
      return shares.flatMap((share) => {
        const rows = Math.min(share, length - start);
        const part = (all: tf.Tensor): tf.Tensor => all.slice(start, rows);
        const args: [tf.Tensor, tf.Tensor] = [part(x), part(y)];
        start += rows;
        return rows > 0 ? [{ args, rows }] : [];
      });
    },
  };
}

type LossAndGradients = (
  x: tf.Tensor,
  y: tf.Tensor,
) => { loss: tf.Scalar; grads: tf.NamedTensorMap };

/** A training step as it is written for several workers; alone it is the same step. */
function step(optimizer: tf.Optimizer, lossAndGradients: LossAndGradients) {
  return (x: tf.Tensor, y: tf.Tensor): tf.Scalar => {
    const { loss, grads } = lossAndGradients(x, y);
    const mean = Object.fromEntries(
      Object.entries(grads).map(([name, gradient]) => [name, meanOverReplicas(gradient)]),
    );
    optimizer.applyGradients(mean);
    return meanOverReplicas(loss);
  };
}

function ofModel(model: tf.LayersModel): LossAndGradients {
  return (x, y) => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(x, { training: true }) as tf.Tensor;
      const targets = tf.oneHot(y, 5);
      return tf.losses.softmaxCrossEntropy(targets, logits).asScalar();
    }, variablesOf(model));
    return { loss: value, grads };
  };
}

function lines(text: string): string {
  return text.trim().replace(/^ +/gm, '');
}

describe('the program of several workers', () => {
  test('each computes on its rows; a mean comes together where its variable lies', () => {
    const large = tf.variable(tensor([3]), true, 'large');
    const small = tf.variable(tensor([2]), true, 'small');
    const program = compileReplicas(
      (x: tf.Tensor, y: tf.Tensor) => {
        small.assign(meanOverReplicas(y.max(0)));
        large.assign(large.sub(meanOverReplicas(x.mul(large).max(0))));
        return sumOverReplicas(y.max([0, 1]));
      },
      byRows(TWO, [3, 1]),
    ).program(tensor([4, 3]), tensor([4, 2]));
    assert.equal(
      program,
      lines(`
        %1 = argument 1 @ 0 : float32[3,2]
        %2 = Max(%1, [0,1]) @ 0 : float32[]
        %3 = argument 3 @ 1 : float32[1,2]
        %4 = Max(%3, [0,1]) @ 1 : float32[]
        %5 = AddN(%2, %4, N: 2) @ 0 : float32[]
        %6 = variable large @ 0 : float32[3]
        %7 = argument 0 @ 0 : float32[3,3]
        %8 = Mul(%7, %6) @ 0 : float32[3,3]
        %9 = Max(%8, [0]) @ 0 : float32[3]
        %10 = Mul(%9, 0.75) @ 0 : float32[3]
        %11 = argument 2 @ 1 : float32[1,3]
        %12 = Mul(%11, %6) @ 1 : float32[1,3]
        %13 = Max(%12, [0]) @ 1 : float32[3]
        %14 = Mul(%13, 0.25) @ 1 : float32[3]
        %15 = AddN(%10, %14, N: 2) @ 0 : float32[3]
        %16 = Sub(%6, %15) @ 0 : float32[3]
        %17 = Max(%1, [0]) @ 0 : float32[2]
        %18 = Mul(%17, 0.75) @ 0 : float32[2]
        %19 = Max(%3, [0]) @ 1 : float32[2]
        %20 = Mul(%19, 0.25) @ 1 : float32[2]
        %21 = AddN(%18, %20, N: 2) @ 1 : float32[2]
        AssignVariableOp(variable large, %16) @ 0
        AssignVariableOp(variable small, %21) @ 1
        return %5`),
    );
    large.dispose();
    small.dispose();
  });

  test('what goes from one worker to another at once goes as one tensor', () => {
    const variables = { big: [8], matrix: [2, 2], vector: [3] };
    const [big, matrix, vector] = Object.entries(variables).map(([name, shape]) =>
      tf.variable(tensor(shape), true, name),
    ) as [tf.Variable, tf.Variable, tf.Variable];
    const program = compileReplicas(
      (x: tf.Tensor, y: tf.Tensor) => {
        for (const variable of [big, matrix, vector]) {
          variable.assign(meanOverReplicas(variable.mul(x.max())));
        }
        return meanOverReplicas(y.max());
      },
      byRows(TWO, [1, 1]),
    ).program(tensor([2, 1]), tensor([2, 1]));
    assert.deepEqual(
      program.split('\n').slice(17, 39),
      lines(`
        %18 = variable matrix @ 1 : float32[2,2]
        %19 = Reshape(%18, [4]) @ 1 : float32[4]
        %20 = variable vector @ 1 : float32[3]
        %21 = ConcatV2(%19, %20, 0) @ 1 : float32[7]
        %22, %23 = SplitV(%21, [4,3], 0, num_split: 2) @ 0 : float32[4], float32[3]
        %24 = Reshape(%22, [2,2]) @ 0 : float32[2,2]
        %25 = Mul(%24, %10) @ 0 : float32[2,2]
        %26 = Mul(%25, 0.5) @ 0 : float32[2,2]
        %27 = Reshape(%26, [4]) @ 0 : float32[4]
        %28 = Mul(%23, %10) @ 0 : float32[3]
        %29 = Mul(%28, 0.5) @ 0 : float32[3]
        %30 = ConcatV2(%27, %29, 0) @ 0 : float32[7]
        %31, %32 = SplitV(%30, [4,3], 0, num_split: 2) @ 1 : float32[4], float32[3]
        %33 = Reshape(%31, [2,2]) @ 1 : float32[2,2]
        %34 = Mul(%18, %14) @ 1 : float32[2,2]
        %35 = Mul(%34, 0.5) @ 1 : float32[2,2]
        %36 = AddN(%33, %35, N: 2) @ 1 : float32[2,2]
        %37 = Mul(%20, %14) @ 1 : float32[3]
        %38 = Mul(%37, 0.5) @ 1 : float32[3]
        %39 = AddN(%32, %38, N: 2) @ 1 : float32[3]
        AssignVariableOp(variable big, %17) @ 0
        AssignVariableOp(variable matrix, %36) @ 1`).split('\n'),
    );
    tf.dispose([big, matrix, vector]);
  });

  test('batch normalisation has mean and variance of all rows, from those of each', () => {
    class Normalized extends Module {
      readonly norm = new BatchNorm2d({ numFeatures: 2 });
      constructor() {
        super({ channels: 2, size: { height: 2, width: 2 } });
      }
      override forward(x: Features): Features {
        return this.norm.forward(x);
      }
    }
    const model = new Normalized().trainingModel;
    const program = compileReplicas(
      (...[x]: [tf.Tensor, tf.Tensor]) =>
        meanOverReplicas((model.apply(x, { training: true }) as tf.Tensor).max([0, 1, 2])),
      byRows(TWO, [3, 1]),
    ).program(tensor([4, 2, 2, 2]), tensor([4]));
    const statistics = lines(`
        %4 = Mean(%1, [0,1,2]) @ 0 : float32[2]
        %5 = Mul(%4, 0.75) @ 0 : float32[2]
        %6 = argument 2 @ 1 : float32[1,2,2,2]
        %7 = Mean(%6, [0,1,2]) @ 1 : float32[2]
        %8 = Mul(%7, 0.25) @ 1 : float32[2]
        %9 = AddN(%5, %8, N: 2) @ 0 : float32[2]
        %10 = Sub(%1, %9) @ 0 : float32[3,2,2,2]
        %11 = Square(%10) @ 0 : float32[3,2,2,2]
        %12 = Mean(%11, [0,1,2]) @ 0 : float32[2]
        %13 = Mul(%12, 0.75) @ 0 : float32[2]
        %14 = ConcatV2(%9, %13, 0) @ 0 : float32[4]
        %15, %16 = SplitV(%14, [2,2], 0, num_split: 2) @ 1 : float32[2], float32[2]
        %17 = Sub(%6, %15) @ 1 : float32[1,2,2,2]
        %18 = Square(%17) @ 1 : float32[1,2,2,2]
        %19 = Mean(%18, [0,1,2]) @ 1 : float32[2]
        %20 = Mul(%19, 0.25) @ 1 : float32[2]
        %21 = AddN(%16, %20, N: 2) @ 1 : float32[2]`);
    // Of 16 numbers: 16 / 15.
    const running = lines(`
        %47 = variable moving_variance @ 1 : float32[2]
        %48 = Mul(%47, 0.9) @ 1 : float32[2]
        %49 = Mul(%21, 1.06667) @ 1 : float32[2]
        %50 = Mul(%49, 0.1) @ 1 : float32[2]
        %51 = Add(%48, %50) @ 1 : float32[2]`);
    for (const part of [statistics, running]) assert.ok(program.includes(part), program);
    assert.match(program, /= FusedBatchNormV2\(%6, .*, %15, %21, .* @ 1/);
  });

  test('what is not the same on all workers is refused', () => {
    const own = compileReplicas(
      (x: tf.Tensor, y: tf.Tensor) => x.mean().add(y.mean()),
      byRows(TWO, [2, 2]),
    );
    assert.throws(
      () => own.program(tensor([4, 3]), tensor([4, 1])),
      /hangs on argument 0, of which each worker has its own part. Take it across them by meanOverReplicas/,
    );
  });
});

describe('steps on three workers', () => {
  let workers: string[];
  before(async () => {
    workers = await serversHere(3);
  });

  for (const [name, makeOptimizer] of Object.entries(optimizers)) {
    test(`20 of ${name} have the losses of one worker, with uneven shares and small batches`, async () => {
      const [one, three] = [denseNet(), denseNet()];
      const alone = compile(step(makeOptimizer(), ofModel(one)));
      const together = compileReplicas(
        step(makeOptimizer(), ofModel(three)),
        byRows(workers, [7, 5, 4]),
      );
      const losses = { alone: [] as number[], together: [] as number[] };
      for (let i = 0; i < 20; i++) {
        // Each fifth is a last, partial batch; of 2 rows there is none for the third worker.
        const rows = [16, 16, 16, 16, i === 9 ? 2 : 13][i % 5] ?? NaN;
        const batch = [tensor([rows, 20], i + 1), labels(rows, 5)] as const;
        losses.alone.push(scalar(await alone(...batch)));
        losses.together.push(scalar(await together(...batch)));
      }
      assertWithin(
        largestRelativeDifference(losses.together, losses.alone),
        1e-5,
        `20 losses of ${name} on three workers`,
      );
      const weights = [one, three].map((model) =>
        variablesOf(model).map((weight) => weight.dataSync()),
      );
      weights[0]?.forEach((expected, i) => {
        assertWithin(
          largestDifference(weights[1]?.[i] ?? [], expected),
          1e-4,
          `a weight after 20 steps of ${name} on three workers`,
        );
      });
      alone.dispose();
      together.dispose();
    });
  }

  test('batch normalisation is over the whole batch, and so are its gradient and running statistics', async () => {
    class Normalized extends Module {
      readonly conv = new Conv2d({ inChannels: 3, outChannels: 4, kernelSize: 3 });
      readonly norm = new BatchNorm2d({ numFeatures: 4 });
      readonly relu = new ReLU();
      readonly flatten = new Flatten();
      readonly fc = new Linear({ inFeatures: 4 * 6 * 6, outFeatures: 5 });
      constructor() {
        super({ channels: 3, size: { height: 8, width: 8 } });
      }
      override forward(x: Features): Features {
        const features = this.relu.forward(this.norm.forward(this.conv.forward(x)));
        return this.fc.forward(this.flatten.forward(features));
      }
    }
    const make = () => {
      manualSeed(5);
      return new Normalized().trainingModel;
    };
    const [one, three] = [make(), make()];
    const optimizer = () => tf.train.sgd(0.1);
    const alone = compile(step(optimizer(), ofModel(one)));
    const together = compileReplicas(step(optimizer(), ofModel(three)), byRows(workers, [4, 3, 2]));
    for (let i = 0; i < 10; i++) {
      const batch = [tensor([9, 8, 8, 3], i + 1), labels(9, 5)] as const;
      const [expected, actual] = [scalar(await alone(...batch)), scalar(await together(...batch))];
      assertWithin(Math.abs(actual / expected - 1), 1e-5, 'a loss with batch normalisation');
    }
    const [expected, actual] = [one, three].map((model) =>
      model.weights.map((weight) => weight.read().dataSync<'float32'>()),
    );
    expected?.forEach((values, i) => {
      assertWithin(
        largestDifference(actual?.[i] ?? [], values),
        1e-4,
        'a weight or a running statistic',
      );
    });
    alone.dispose();
    together.dispose();
  });

  test('random rows are those that one worker would draw', async () => {
    const draw = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
      const seeded = statelessUniform(x.shape, y as tf.Tensor1D, 3);
      return sumOverReplicas(tf.sum(tf.mul(x, tf.add(seeded, tf.randomNormal(x.shape))), 0));
    };
    const seed = tf.tensor1d([80, 2], 'int32');
    const { split } = byRows(workers, [4, 1, 2]);
    const together = compileReplicas(draw, {
      workers,
      split: (x, y) => split(x, x).map(({ args: [part], rows }) => ({ args: [part, y], rows })),
    });
    const alone = compile(draw);
    const x = tensor([7, 4]);
    for (let i = 0; i < 3; i++) {
      const [expected, actual] = [await alone(x, seed), await together(x, seed)];
      assertWithin(
        largestDifference(actual.dataSync<'float32'>(), expected.dataSync<'float32'>()),
        1e-5,
        'sums over random rows',
      );
    }
    alone.dispose();
    together.dispose();
  });
});
