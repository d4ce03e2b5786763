import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classActivations } from 'googlenet/notebook';
import { Conv2d, Linear, Flatten, Module, type Features } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';
import type { ImageDataset } from 'googlenet/data';

/** A convolution that makes two channels: red, and twice blue plus one. */
class Network extends Module {
  readonly mixed = new Conv2d({ inChannels: 3, outChannels: 2, kernelSize: 1 });
  readonly flatten = new Flatten();
  readonly scores = new Linear({ inFeatures: 4, outFeatures: 3 });

  constructor() {
    super({ channels: 3, size: { height: 1, width: 2 } });
    const [kernel, bias] = this.mixed.parameters();
    kernel?.assign(tf.tensor4d([1, 0, 0, 0, 0, 2], [1, 1, 3, 2]));
    bias?.assign(tf.tensor1d([0, 1]));
  }

  override forward(x: Features): Features {
    return this.scores.forward(this.flatten.forward(this.mixed.forward(x)));
  }
}

/** Images of 1×2 pixels, each of which is (red, 0, blue). */
const DATASET: ImageDataset = {
  id: 'pixels',
  name: 'Pixels',
  split: 'test',
  classNames: ['cat', 'dog', 'none'],
  images: Uint8Array.from([255, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255]),
  labels: Uint8Array.from([0, 0, 1]),
  length: 3,
  imageShape: [1, 2, 3],
};

test('activations are averaged over positions and over the images of each class', async () => {
  const network = new Network();
  const { numTensors } = tf.memory();
  // Cats: red 1/2 and 1 of two pixels on average, no blue. Dogs: no red, blue everywhere.
  assert.deepEqual(await classActivations(network, DATASET, 'mixed'), [
    [0.75, 1],
    [0, 3],
    [NaN, NaN],
  ]);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a stage without feature maps is refused', async () => {
  await assert.rejects(
    classActivations(new Network(), DATASET, 'scores'),
    /scores returns features/,
  );
  await assert.rejects(
    classActivations(new Network(), DATASET, 'icp_9z'),
    /no layer or stage icp_9z/,
  );
});
