import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  GoogLeNet,
  Inception,
  loadStateDict,
  readSafetensors,
  saveStateDict,
  stateDict,
  writeSafetensors,
  type SafetensorsTensor,
} from 'googlenet/nn';
import { manualSeed, randn } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

const build = (seed: number) => {
  manualSeed(seed);
  return new Inception({
    inChannels: 3,
    ch1x1: 2,
    ch3x3red: 2,
    ch3x3: 3,
    ch5x5red: 2,
    ch5x5: 2,
    poolProj: 2,
  });
};

describe('weights', () => {
  let directory: string;
  const file = (name: string) => path.join(directory, name);
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'googlenet weights '));
  });
  after(() => rm(directory, { recursive: true }));

  describe('state_dict', () => {
    test("has the lecture's names and PyTorch's shapes, in PyTorch's order", async () => {
      const { model } = new GoogLeNet(3, 'cifar10');
      const entries = [...(await stateDict(model))].map(([name, { shape }]) => ({ name, shape }));
      assert.deepEqual(entries.slice(0, 2), [
        { name: 'conv1.weight', shape: [64, 3, 7, 7] },
        { name: 'conv1.bias', shape: [64] },
      ]);
      const shapes = new Map(entries.map(({ name, shape }) => [name, shape]));
      assert.deepEqual(shapes.get('conv2_red.weight'), [64, 64, 1, 1]);
      assert.deepEqual(shapes.get('icp_3a.branch1.conv1.weight'), [64, 192, 1, 1]);
      assert.deepEqual(shapes.get('icp_3a.branch2.0.conv1.weight'), [96, 192, 1, 1]);
      assert.deepEqual(shapes.get('icp_3a.branch3.1.conv1.weight'), [32, 16, 5, 5]);
      assert.deepEqual(shapes.get('icp_4e.branch4.1.conv1.bias'), [128]);
      assert.deepEqual(shapes.get('fc6.weight'), [10, 832]);
      assert.equal(entries.length, 2 * (3 + 7 * 6 + 1));
      model.dispose();
    });

    test('a model that loads what another saved computes the same', async () => {
      const [saved, loaded] = [build(1), build(2)];
      const x = randn([4, 5, 3]);
      await saveStateDict(saved.model, file('saved.safetensors'), { metadata: { epoch: '3' } });
      await loadStateDict(loaded.model, file('saved.safetensors'));
      assert.deepEqual(loaded.forward(x).arraySync(), saved.forward(x).arraySync());
      const { metadata } = await readSafetensors(file('saved.safetensors'));
      assert.deepEqual(metadata, { epoch: '3' });
    });

    for (const [half, bits] of [
      ['F16', 11],
      ['BF16', 8],
    ] as const) {
      test(`saved as ${half}, a model loads them rounded to ${bits} significant bits`, async () => {
        const [saved, loaded] = [build(1), build(2)];
        await saveStateDict(saved.model, file('half.safetensors'), { half });
        await loadStateDict(loaded.model, file('half.safetensors'));
        const exact = await stateDict(saved.model);
        for (const [name, { data }] of await stateDict(loaded.model)) {
          const of = exact.get(name)?.data ?? [];
          data.forEach((value, index) => {
            const expected = Number(of[index]);
            const error = Math.abs(Number(value) - expected);
            assert.ok(error <= Math.abs(expected) * 2 ** -bits + 2 ** -25, name);
          });
        }
      });
    }

    test('saving and loading leave no tensors behind', async () => {
      const { model } = build(1);
      const { numTensors } = tf.memory();
      await saveStateDict(model, file('leak.safetensors'));
      await loadStateDict(model, file('leak.safetensors'));
      assert.equal(tf.memory().numTensors, numTensors);
    });

    test('weights that do not fit are refused, and the model stays as it was', async () => {
      const { model } = build(2);
      const before = await stateDict(model);
      const refuses = async (
        change: (tensors: Map<string, SafetensorsTensor>) => void,
        message: RegExp,
      ) => {
        const tensors = await stateDict(build(1).model);
        change(tensors);
        await writeSafetensors(file('misfit.safetensors'), { tensors });
        await assert.rejects(loadStateDict(model, file('misfit.safetensors')), message);
        assert.deepEqual(await stateDict(model), before);
      };
      const name = 'branch4.1.conv1.weight';
      await refuses((tensors) => tensors.delete(name), /branch4\.1\.conv1\.weight is missing/);
      await refuses(
        (tensors) => tensors.set('fc6.bias', { shape: [1], data: new Float32Array(1) }),
        /fc6\.bias is not a parameter of the model/,
      );
      await refuses(
        (tensors) => tensors.set(name, { shape: [3, 2, 1, 1], data: new Float32Array(6) }),
        /weight should have the shape \[2, 3, 1, 1\], but has \[3, 2, 1, 1\]/,
      );
      await refuses(
        (tensors) => tensors.set(name, { shape: [2, 3, 1, 1], data: new Float64Array(6) }),
        /weight should be of type F32, but is F64/,
      );
    });

    test('what DataParallel and torch.compile put before every name is left out', async () => {
      const [saved, loaded] = [build(1).model, build(2).model];
      const expected = await stateDict(saved);
      for (const prefix of ['module.', '_orig_mod.', 'module._orig_mod.']) {
        const tensors = new Map([...expected].map(([name, tensor]) => [prefix + name, tensor]));
        await writeSafetensors(file('wrapped.safetensors'), { tensors });
        loaded.setWeights(loaded.getWeights().map((weight) => tf.zerosLike(weight)));
        await loadStateDict(loaded, file('wrapped.safetensors'));
        assert.deepEqual(await stateDict(loaded), expected);
      }
    });

    test('a model whose own names start like a wrapper loads them', async () => {
      const build = () =>
        tf.sequential({
          layers: [tf.layers.dense({ name: 'module/fc', units: 2, inputShape: [2] })],
        });
      const [saved, loaded] = [build(), build()];
      await saveStateDict(saved, file('module.safetensors'));
      await loadStateDict(loaded, file('module.safetensors'));
      assert.deepEqual(await stateDict(loaded), await stateDict(saved));
    });

    test('another prefix is shown, and how to take it off', async () => {
      const { model } = build(1);
      const tensors = new Map(
        [...(await stateDict(model))].map(([name, tensor]) => [`net.${name}`, tensor]),
      );
      await writeSafetensors(file('prefix.safetensors'), { tensors });
      await assert.rejects(loadStateDict(model, file('prefix.safetensors')), (error: Error) => {
        const lines = error.message.split('\n');
        assert.match(lines[1] ?? '', /^ {2}branch2\.0\.conv1\.weight is missing$/);
        // 6 convolutions, each with a weight and a bias, of which 5 are shown.
        assert.equal(lines[6], '  and 7 more like it');
        assert.equal(lines[7], '  net.branch2.0.conv1.weight is not a parameter of the model');
        assert.equal(lines[12], '  and 7 more like it');
        assert.match(lines[13] ?? '', /would fit without "net\." before them.*removeprefix/);
        return true;
      });
    });

    test('a damaged file leaves the model as it was', async () => {
      const { model } = build(2);
      const before = await stateDict(model);
      await saveStateDict(build(1).model, file('short.safetensors'));
      await truncate(file('short.safetensors'), 300);
      await assert.rejects(
        loadStateDict(model, file('short.safetensors')),
        /short\.safetensors is cut off/,
      );
      assert.deepEqual(await stateDict(model), before);
    });

    test('a file that cannot be written leaves nothing behind', async () => {
      const target = file('taken');
      await mkdir(target);
      const before = await readdir(directory);
      await assert.rejects(saveStateDict(build(1).model, target));
      assert.deepEqual(await readdir(directory), before);
    });
  });

  test('a saved model loads and computes the same where this library is not', async () => {
    const block = build(1);
    await block.model.save(`file://${file('model')}`);
    const x = randn([1, 4, 5, 3]);
    const script = `
      const tf = require('@tensorflow/tfjs-node');
      tf.loadLayersModel('file://' + process.argv[1]).then((model) => {
        const x = tf.tensor4d(JSON.parse(process.argv[2]), [1, 4, 5, 3]);
        console.log(JSON.stringify(model.predict(x).arraySync()));
      });`;
    const printed = execFileSync(
      process.execPath,
      ['-e', script, file('model/model.json'), JSON.stringify([...x.dataSync()])],
      { encoding: 'utf8', cwd: __dirname, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const expected = block.forward(x);
    const found = tf.tensor4d(JSON.parse(printed) as number[][][][]);
    assert.deepEqual(found.shape, expected.shape);
    // On a GPU each process may choose another way to convolve.
    assertWithin(
      largestDifference(found.dataSync(), expected.dataSync()),
      1e-6,
      'the output of the saved model',
    );
  });
});
