import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import {
  loadStateDict,
  MaxPool2d,
  stateDict,
  toChannelsLast,
  TorchvisionGoogLeNet,
  writeSafetensors,
  type SafetensorsTensor,
} from 'googlenet/nn';
import { manualSeed, randn, uniform } from 'googlenet/random';
import { tf } from 'googlenet/runtime';
import { assertHasSamples, readJson, type Samples } from './reference';

const { seed, shapes, logits } = readJson('torchvision.json') as {
  seed: number;
  shapes: Record<string, number[]>;
  logits: Samples;
};

/** As make_torchvision_fixtures.py draws it. */
function draw(name: string, shape: number[]): SafetensorsTensor {
  const size = tf.util.sizeFromShape(shape);
  if (shape.length === 0) return { shape, data: new BigInt64Array(1) };
  const bound = Math.sqrt(6 / tf.util.sizeFromShape(shape.slice(1)));
  const [low, high] =
    shape.length > 1
      ? [-bound, bound]
      : /(bias|running_mean)$/.test(name)
        ? [-0.5, 0.5]
        : [0.5, 1.5];
  return { shape, data: uniform(size, low, high) };
}

test("torchvision's GoogLeNet takes weights of torchvision's names, and gives its logits", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'googlenet-'));
  try {
    manualSeed(seed);
    const tensors = new Map(
      Object.entries(shapes).map(([name, shape]) => [name, draw(name, shape)]),
    );
    const image = toChannelsLast(
      tf
        .tensor4d(uniform(3 * 224 * 224, 0, 1), [1, 3, 224, 224])
        .mul<tf.Tensor4D>(4)
        .sub(2),
    );
    const file = path.join(directory, 'googlenet.safetensors');
    await writeSafetensors(file, { tensors });
    const network = new TorchvisionGoogLeNet();
    await loadStateDict(network, file);
    assert.deepEqual([...(await stateDict(network)).keys()].sort(), Object.keys(shapes).sort());
    assertHasSamples(
      await network.forward(image).data<'float32'>(),
      logits,
      "logits of torchvision's network",
    );
    network.dispose();
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('with ceilMode a last window counts by what is inside the image', () => {
  for (const [kernelSize, sizes] of [
    [2, [1, 2, 3, 6, 7]],
    [3, [2, 3, 4, 7, 8]],
  ] as const) {
    const pool = new MaxPool2d({ kernelSize, stride: 2, ceilMode: true });
    for (const height of sizes) {
      // Below zero, where zeros outside the image would win.
      const image = randn([height, 5]).sub<tf.Tensor2D>(9);
      const rows = Math.ceil((height - kernelSize) / 2) + 1;
      const columns = Math.ceil((5 - kernelSize) / 2) + 1;
      const values = image.arraySync();
      const expected = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, column) =>
          Math.max(
            ...values
              .slice(2 * row, 2 * row + kernelSize)
              .flatMap((line) => line.slice(2 * column, 2 * column + kernelSize)),
          ),
        ),
      );
      const pooled = pool.forward(image.expandDims<tf.Tensor3D>(-1)).squeeze([-1]);
      assert.deepEqual(pooled.arraySync(), expected);
    }
  }
  for (const given of [{ kernelSize: 3 }, { kernelSize: 3, stride: 2, padding: 1 }]) {
    assert.throws(() => new MaxPool2d({ ...given, ceilMode: true }), /ceilMode is for stride 2/);
  }
});
