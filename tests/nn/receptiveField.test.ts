import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AvgPool2d,
  Conv2d,
  GoogLeNet,
  Layer,
  MaxPool2d,
  Module,
  receptiveFields,
  TorchvisionGoogLeNet,
  type Features,
} from 'googlenet/nn';
import { manualSeed } from 'googlenet/random';
import { tf } from 'googlenet/runtime';

/** Fields by the names of the network's children. */
function fieldsOf(network: Module) {
  const fields = receptiveFields(network);
  return Object.fromEntries(
    network.namedChildren().map(([name, child]) => {
      const field = fields.get(child);
      assert.ok(field, name);
      return [name, field];
    }),
  );
}

describe('receptive fields of the lecture’s network', () => {
  // By hand: a layer of kernel k and stride s adds (k − 1) steps of the map before it, and makes the
  // step s times as large. A block's widest branch is 5×5, so it adds four steps.
  const CIFAR10 = {
    conv1: [7, 2],
    maxpool1: [11, 4],
    conv2_red: [11, 4],
    conv2: [19, 4],
    maxpool2: [27, 8],
    icp_3a: [59, 8],
    icp_3b: [91, 8],
    maxpool3: [107, 16],
    icp_4a: [171, 16],
    icp_4b: [235, 16],
    icp_4c: [299, 16],
    icp_4d: [363, 16],
    icp_4e: [427, 16],
    maxpool4: [459, 32],
  };

  test('are those computed by hand, centred on the position’s own pixel', () => {
    const { flatten, fc6, ...maps } = fieldsOf(new GoogLeNet(3, 'cifar10'));
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(maps).map(([name, { size, step }]) => [name, [size, step]]),
      ),
      CIFAR10,
    );
    for (const { first, last } of Object.values(maps)) assert.equal(first, -last);
    // One pixel is left, so the last layers see no more.
    assert.deepEqual([flatten?.size, fc6?.size], [459, 459]);
  });

  test('go on growing in the form for 224×224 pixels', () => {
    const { icp_4e, icp_5a, icp_5b, avgpool5 } = fieldsOf(new GoogLeNet(3, 'imagenet'));
    assert.deepEqual(
      [icp_4e, icp_5a, icp_5b, avgpool5].map((field) => field?.size),
      [427, 587, 715, 907],
    );
    // Not centred: seven positions from the first one on are averaged.
    assert.deepEqual([avgpool5?.first, avgpool5?.last], [-357, 549]);
  });

  test('are given for the branches of a block too, each of another size', () => {
    const googLeNet = new GoogLeNet(3, 'cifar10');
    const fields = receptiveFields(googLeNet);
    const [, block] = googLeNet.namedChildren().find(([name]) => name === 'icp_3a') ?? [];
    const sizes = block?.namedChildren().map(([name, branch]) => [name, fields.get(branch)?.size]);
    assert.deepEqual(sizes, [
      ['branch1', 27],
      ['branch2', 43],
      ['branch3', 59],
      ['branch4', 43],
      ['concat', 59],
    ]);
  });
});

test('the pixels that an output depends on are those of its gradient', () => {
  class Network extends Module {
    readonly first = new Conv2d({
      inChannels: 1,
      outChannels: 3,
      kernelSize: 5,
      padding: 1,
      stride: 2,
    });
    readonly second = new AvgPool2d({ kernelSize: 2, stride: 1 });
    readonly third = new Conv2d({ inChannels: 3, outChannels: 1, kernelSize: 3, padding: 1 });

    override forward<T extends Features>(x: T): T {
      return this.third.forward(this.second.forward(this.first.forward(x)));
    }
  }
  manualSeed(80);
  const network = new Network();
  const { first, last, step } = receptiveFields(network).get(network) ?? assert.fail();
  const side = 24;
  for (const position of [0, 4, 9]) {
    const output = (x: tf.Tensor) =>
      tf.sum(
        tf.slice(network.model.apply(x) as tf.Tensor4D, [0, position, position, 0], [1, 1, 1, 1]),
      );
    const gradient = tf
      .grad(output)(tf.ones([1, side, side, 1]))
      .squeeze();
    const rows = Array.from(tf.any(gradient.cast('bool'), 1).dataSync());
    const seen = rows.map(
      (_, row) => row >= first + position * step && row <= last + position * step,
    );
    assert.deepEqual(rows.map(Boolean), seen, `position ${position}`);
  }
});

test('a max pool whose last window reaches beyond the image, and a network of such pools', () => {
  class Pooled extends Module {
    readonly pool = new MaxPool2d({ kernelSize: 2, stride: 2, ceilMode: true });

    override forward(x: Features): Features {
      return this.pool.forward(x);
    }
  }
  const pooled = new Pooled();
  assert.deepEqual(receptiveFields(pooled).get(pooled), { first: 0, last: 1, step: 2, size: 2 });
  const network = new TorchvisionGoogLeNet();
  // 7 pixels at stride 2, a pool of 3 at stride 2, 1×1, 3×3: 7 + 2·2 + 2·4.
  assert.deepEqual(receptiveFields(network).get(network.conv3)?.size, 7 + 4 + 8);
});

/** A convolution with settings of TensorFlow's that this library's own does not have. */
class Convolved extends Module {
  readonly conv: Layer;

  constructor(args: Omit<Parameters<typeof tf.layers.conv2d>[0], 'filters'>) {
    super({ channels: 1 });
    this.conv = new Layer({ '': tf.layers.conv2d({ ...args, filters: 1 }) });
  }

  override forward(x: Features): Features {
    return this.conv.forward(x);
  }
}

test('of the padding of an even kernel the smaller half is before', () => {
  const convolved = new Convolved({ kernelSize: 4, padding: 'same' });
  // TensorFlow pads 3 pixels in all: 1 before, 2 behind.
  const expected = { first: -1, last: 2, step: 1, size: 4 };
  assert.deepEqual(receptiveFields(convolved).get(convolved), expected);
});

test('a layer whose field is not known is refused, and named', () => {
  class Enlarged extends Module {
    readonly twice = new Layer({ '': tf.layers.upSampling2d({ size: [2, 2] }) });

    override forward(x: Features): Features {
      return this.twice.forward(x);
    }
  }
  assert.throws(() => receptiveFields(new Enlarged()), /twice is a UpSampling2D; its receptive/);
  for (const args of [
    { kernelSize: 3, dilationRate: 2 },
    { kernelSize: 3, strides: 2, padding: 'same' as const },
  ]) {
    assert.throws(
      () => receptiveFields(new Convolved(args)),
      /conv has a dilation, or the padding/,
    );
  }
});
