import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from 'googlenet/graph';
import { tf, type NodeBackend } from 'googlenet/runtime';
import { assertWithin, largestDifference, largestRelativeDifference } from '../bounds/assertWithin';
import { denseNet, labels, scalar, tensor, trainingStep } from './models';

test('a forward pass gives what it gives eagerly, in the structure it returns', async () => {
  const model = denseNet();
  const forward = compile((x: tf.Tensor) => {
    const logits = model.apply(x) as tf.Tensor;
    return { logits, classes: [tf.argMax(logits, 1)], nothing: null };
  });
  for (const batch of [7, 3, 7, 1]) {
    const x = tensor([batch, 20], batch);
    const expected = model.apply(x) as tf.Tensor;
    const { logits, classes, nothing } = await forward(x);
    assert.deepEqual(logits.shape, [batch, 5]);
    assert.equal(nothing, null);
    assert.deepEqual(classes[0]?.dataSync(), tf.argMax(expected, 1).dataSync());
    const difference = largestDifference(logits.dataSync(), expected.dataSync());
    assertWithin(difference, 1e-5, `logits of a batch of ${batch}, graph and op by op`);
  }
  forward.dispose();
});

test('every input shape trains the same weights: the last partial batch', async () => {
  const [a, b] = [denseNet(), denseNet()];
  const eager = trainingStep(a, tf.train.adam(0.01));
  const compiled = compile(trainingStep(b, tf.train.adam(0.01)));
  for (const batch of [16, 16, 5, 16, 5]) {
    const [x, y] = [tensor([batch, 20], batch), labels(batch, 5)];
    const expected = scalar(eager(x, y));
    const actual = scalar(await compiled(x, y));
    assertWithin(
      largestRelativeDifference([actual], [expected]),
      1e-5,
      'losses of several batch sizes, graph and op by op',
    );
  }
  compiled.dispose();
});

test('variables, optimizer and model are current between calls, both ways', async () => {
  const [a, b] = [denseNet(), denseNet()];
  const [optimizerA, optimizerB] = [tf.train.adam(0.01), tf.train.adam(0.01)];
  const [x, y] = [tensor([16, 20]), labels(16, 5)];
  const eagerA = trainingStep(a, optimizerA);
  const eagerB = trainingStep(b, optimizerB);
  const compiled = compile(eagerB);
  const close = (): void => {
    a.getWeights().forEach((weight, i) => {
      const other = b.getWeights()[i]?.dataSync() ?? [];
      assertWithin(
        largestDifference(weight.dataSync(), other),
        1e-5,
        'weights after steps of both kinds',
      );
    });
  };
  const both = async (run: () => unknown): Promise<void> => {
    eagerA(x, y);
    await run();
    close();
  };
  await both(() => compiled(x, y));
  await both(() => compiled(x, y));
  assert.equal(optimizerB.iterations, optimizerA.iterations);
  await both(() => eagerB(x, y)); // back to eager execution
  await both(() => compiled(x, y)); // which the graph then continues
  for (const model of [a, b]) model.setWeights(model.getWeights().map((weight) => weight.mul(0.5)));
  await both(() => compiled(x, y));
  const slots = await Promise.all([optimizerA.getWeights(), optimizerB.getWeights()]);
  assert.deepEqual(
    slots[0].map(({ name }) => name.replace(/^[^/]*\//, '')).length,
    slots[1].length,
  );
  let saved: unknown;
  await b.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts.weightData;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
      });
    }),
  );
  const first = new Float32Array((saved as ArrayBuffer).slice(0, 4))[0];
  assert.equal(first, b.getWeights()[0]?.dataSync()[0]);
  compiled.dispose();
});

test('two compiled steps share variables', async () => {
  const weight = tf.variable(tf.scalar(1));
  const add = compile((x: tf.Tensor) => {
    weight.assign(weight.add(x).asScalar());
  });
  const double = compile(() => {
    weight.assign(weight.mul(2).asScalar());
    return weight.clone();
  });
  await add(tf.scalar(2));
  assert.equal(scalar(await double()), 6);
  await add(tf.scalar(1));
  assert.equal(scalar(weight), 7);
  assert.equal(scalar(await double()), 14);
  add.dispose();
  assert.equal(scalar(await double()), 28);
  double.dispose();
  assert.equal(scalar(weight), 28);
});

test('a clone keeps the value it was made with', async () => {
  const weight = tf.variable(tf.tensor1d([1, 2]));
  const step = compile(() => {
    weight.assign(weight.mul(3));
  });
  await step();
  const clone = weight.clone();
  const eagerClone = weight.reshape([2, 1]);
  await step();
  await step();
  assert.deepEqual([...clone.dataSync()], [3, 6]);
  assert.deepEqual([...eagerClone.dataSync()], [3, 6]);
  assert.deepEqual([...weight.dataSync()], [27, 54]);
  step.dispose();
});

test('a clone keeps its value, whatever is assigned to the variable and whoever goes first', async () => {
  const weight = tf.variable(tf.tensor1d([1, 2]));
  const step = compile(() => {
    weight.assign(weight.mul(3));
  });
  await step();
  const first = weight.clone();
  weight.assign(tf.tensor1d([10, 20]));
  await step();
  const second = weight.clone();
  weight.assign(first);
  await step();
  assert.deepEqual([...weight.dataSync()], [9, 18]);
  assert.deepEqual([...first.dataSync()], [3, 6]);
  const third = weight.clone();
  weight.assign(tf.tensor1d([0, 0]));
  weight.dispose();
  step.dispose();
  assert.deepEqual([...second.dataSync()], [30, 60]);
  assert.deepEqual([...third.dataSync()], [9, 18]);
});

test('weights copied to another model stay what they were', async () => {
  const [trained, best] = [denseNet(), denseNet()];
  const step = compile(trainingStep(trained, tf.train.sgd(0.5)));
  const [x, y] = [tensor([16, 20]), labels(16, 5)];
  await step(x, y);
  best.setWeights(trained.getWeights());
  const kept = best.getWeights().map((weight) => weight.dataSync().slice());
  const again = denseNet();
  best.setWeights(trained.getWeights());
  trained.setWeights(again.getWeights());
  await step(x, y);
  best.getWeights().forEach((weight, i) => {
    assert.deepEqual(weight.dataSync(), kept[i]);
  });
  step.dispose();
});

test('an argument may be returned as it came; null and undefined are not the same argument', async () => {
  const step = compile((x: tf.Tensor, y: null | undefined) => ({
    x,
    scaled: y === null ? x.mul(2) : x.mul(3),
  }));
  const x = tf.tensor1d([1, 2]);
  for (const [y, factor] of [
    [null, 2],
    [undefined, 3],
  ] as const) {
    const { x: same, scaled } = await step(x, y);
    assert.deepEqual([...same.dataSync()], [1, 2]);
    assert.deepEqual([...scaled.dataSync()], [factor, 2 * factor]);
    assert.notEqual(same, x);
  }
  step.dispose();
});

test('one tensor may be returned in two places', async () => {
  const step = compile((x: tf.Tensor) => {
    const square = x.square();
    return { square, all: [square, square] };
  });
  const { square, all } = await step(tf.tensor1d([2, 3]));
  for (const tensor of [square, ...all]) assert.deepEqual([...tensor.dataSync()], [4, 9]);
  square.dispose();
  assert.deepEqual([...(all[0]?.dataSync() ?? [])], [4, 9]);
  step.dispose();
});

test('reads at the beginning of a step, however late they stand, see the old value', async () => {
  const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const swap = compile(() => {
    const old = a.clone();
    a.assign(b.clone());
    b.assign(old);
  });
  await swap();
  assert.deepEqual([scalar(a), scalar(b)], [2, 1]);
  await swap();
  assert.deepEqual([scalar(a), scalar(b)], [1, 2]);
  swap.dispose();
});

test('calls run in order without being awaited, and arguments may be disposed at once', async () => {
  const sum = tf.variable(tf.scalar(0));
  const step = compile((x: tf.Tensor) => {
    sum.assign(sum.mul(10).add(x).asScalar());
    return sum.clone();
  });
  const calls = [1, 2, 3, 4].map((digit) => {
    const x = tf.scalar(digit);
    const call = step(x);
    x.dispose();
    return call;
  });
  assert.deepEqual((await Promise.all(calls)).map(scalar), [1, 12, 123, 1234]);
  step.dispose();
});

test('an array that the next batch overwrites at once was read before', async () => {
  const step = compile((x: tf.Tensor) => x.sum());
  const buffer = new Float32Array(4);
  const calls = [1, 2, 3].map((value) => {
    buffer.fill(value);
    return step(tf.tensor1d(buffer));
  });
  assert.deepEqual((await Promise.all(calls)).map(scalar), [4, 8, 12]);
  step.dispose();
});

test('the event loop turns while a step runs; a variable read meanwhile waits for its end', async () => {
  const side = 700;
  const matrix = tf.variable(tf.eye(side));
  const step = compile((x: tf.Tensor) => {
    let product = matrix.mul<tf.Tensor2D>(1);
    for (let i = 0; i < 40; i++) product = tf.matMul(product, x);
    matrix.assign(product);
  });
  const x = tf.eye(side);
  await step(x);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  // One is enough on a CPU; a GPU takes less time for it than the timer.
  for (let call = 0; call < 40 && turns < 3; call++) await step(x);
  clearInterval(timer);
  await step(x.mul(2));
  assert.ok(turns >= 3, `${turns} turns`);
  const call = step(x);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(matrix.dataSync()[0], 2 ** 40);
  await call;
  step.dispose();
});

test('a large tensor from outside is read once, not at each call', async (t) => {
  const table = tensor([5000, 4]);
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  let readings = 0;
  backend.binding = Object.create(binding, {
    tensorDataSync: {
      value: (id: number) => {
        const values = binding.tensorDataSync(id);
        if (values.length === table.size) readings++;
        return values;
      },
    },
  }) as typeof binding;
  t.after(() => {
    backend.binding = binding;
  });
  const pick = compile((indices: tf.Tensor) => tf.gather(table, indices as tf.Tensor1D));
  for (const indices of [
    [0, 4999],
    [17, 3],
  ]) {
    const expected = tf.gather(table, indices).dataSync();
    assert.deepEqual((await pick(tf.tensor1d(indices, 'int32'))).dataSync(), expected);
    assert.equal(readings, 1);
  }
  pick.dispose();
});

test('nothing is left behind: tensors are flat over calls, dispose frees the rest', async () => {
  const weight = tf.variable(tensor([8, 8]));
  const optimizer = tf.train.sgd(0.01);
  const step = compile(
    (x: tf.Tensor) =>
      optimizer.minimize(() => tf.matMul(x, weight).square().mean<tf.Scalar>(), true, [
        weight,
      ]) as tf.Scalar,
  );
  const x = tensor([4, 8]);
  const once = async (): Promise<void> => {
    (await step(x)).dispose();
  };
  for (let i = 0; i < 50; i++) await once();
  const tensors = tf.memory().numTensors;
  const memory = process.memoryUsage.rss();
  for (let i = 0; i < 2000; i++) await once();
  assert.equal(tf.memory().numTensors, tensors);
  assert.ok(process.memoryUsage.rss() - memory < 64 * 2 ** 20);
  step.dispose();
  await assert.rejects(step(x), /disposed/);
  assert.equal(tf.memory().numTensors, tensors);
});
