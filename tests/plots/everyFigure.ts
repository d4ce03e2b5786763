import {
  classChannels,
  confusionMatrix,
  costBars,
  curves,
  featureMaps,
  filterChanges,
  imageGrid,
  inceptionDiagram,
  kernelPaddingDiagram,
  networkDiagram,
  perClassAccuracy,
  receptiveFieldDiagram,
  stridePaddingDiagram,
  trainingCurves,
  type Figure,
} from 'googlenet/plots';

const CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

const wave = (length: number) =>
  Float32Array.from({ length }, (_, at) => Math.sin(at * 0.7) * Math.cos(at / 9));
const shape = (channels: number) => [channels, 100, 100];

/** The lecture's network for 224×224 pixels, as the paper's table has it: side and channels. */
const GOOGLENET = [
  ['conv1', 112, 64],
  ['maxpool1', 56, 64],
  ['conv2_red', 56, 64],
  ['conv2', 56, 192],
  ['maxpool2', 28, 192],
  ['icp_3a', 28, 256],
  ['icp_3b', 28, 480],
  ['maxpool3', 14, 480],
  ['icp_4a', 14, 512],
  ['icp_4b', 14, 512],
  ['icp_4c', 14, 512],
  ['icp_4d', 14, 528],
  ['icp_4e', 14, 832],
  ['maxpool4', 7, 832],
  ['icp_5a', 7, 832],
  ['icp_5b', 7, 1024],
  ['avgpool5', 1, 1024],
] as const;

/** One of every figure of the library, with content like the notebooks'. */
export const EVERY_FIGURE: Record<string, Figure> = {
  trainingCurves: trainingCurves(
    Array.from({ length: 1000 }, (_, epoch) => ({
      epoch,
      loss: 2.3 * Math.exp(-epoch / 200),
      accuracy: 1 - 0.9 * Math.exp(-epoch / 200),
      ...(epoch % 100 === 99 ? { testLoss: 1.2, testAccuracy: 0.6 } : {}),
    })),
    {
      subtitle: 'CIFAR-10, batch 2,048, Adam 1e-4, seed 80, checkpoints at four epochs',
      checkpoints: [299, 499, 699, 899],
      reference: { name: 'the lecture', points: [{ epoch: 999, loss: 0.014, accuracy: 0.997 }] },
    },
  ),
  trainingCurvesOfOneEpoch: trainingCurves([{ epoch: 0, loss: 2.3, accuracy: 0.1 }]),
  curves: curves(
    [
      { name: 'with heads', y: [1e-7, 3e-5, 2e-3], spread: [1e-7, 1e-5, 1e-3] },
      { name: 'without', y: [1e-7, 1e-6, 1e-3] },
    ],
    {
      title: 'Gradient by stage',
      subtitle: '32 images, before training',
      x: ['conv1', 'icp_3a', 'fc6'],
      xTitle: 'stage',
      yTitle: 'root mean square',
      log: true,
    },
  ),
  curvesOfManyPoints: curves(
    [{ name: 'loss', y: Array.from({ length: 3000 }, (_, at) => 2 + Math.sin(at / 90)) }],
    {
      title: 'Loss',
      x: Array.from({ length: 3000 }, (_, at) => at),
      xTitle: 'step',
      yTitle: 'mean squared error',
    },
  ),
  trainingCurvesOfNone: trainingCurves([]),
  imageGrid: imageGrid(
    {
      images: Uint8Array.from({ length: 12 * 32 * 32 * 3 }, (_, at) => (at * 7) % 256),
      imageShape: [32, 32, 3],
      labels: Array.from({ length: 12 }, (_, at) => at % 10),
      classNames: CLASSES,
      predictions: Array.from({ length: 12 }, (_, at) => (at * 3) % 10),
    },
    { title: 'Predictions', subtitle: 'Wrong ones are framed' },
  ),
  confusionMatrix: confusionMatrix(
    CLASSES.map((_, row) => CLASSES.map((__, column) => (row === column ? 812 : row + column))),
    CLASSES,
  ),
  perClassAccuracy: perClassAccuracy(
    CLASSES.map((_, at) => (at === 1 ? NaN : at / 9)),
    CLASSES,
    0.5,
  ),
  costBars: costBars(
    [
      {
        name: 'naive',
        stages: [
          { name: 'branch2', outputShape: shape(128), parameters: 221_312, multiplyAdds: 2.21e9 },
          { name: 'branch3', outputShape: shape(32), parameters: 153_632, multiplyAdds: 1.54e9 },
        ],
      },
      {
        name: 'dimension reduction',
        stages: [
          { name: 'branch2', outputShape: shape(128), parameters: 129_248, multiplyAdds: 1.29e9 },
        ],
      },
    ],
    { title: 'What dimension reduction saves' },
  ),
  inceptionDiagram: inceptionDiagram(
    {
      input: { name: 'Previous layer', shape: shape(192) },
      branches: [
        {
          name: 'branch1',
          layers: [{ kind: 'convolution', name: '1×1 convolutions', outputShape: shape(64) }],
        },
        {
          name: 'branch2',
          layers: [
            {
              kind: 'reduction',
              name: '1×1 convolutions',
              outputShape: shape(96),
            },
            {
              kind: 'convolution',
              name: '3×3 convolutions',
              outputShape: shape(128),
            },
          ],
        },
        {
          name: 'branch4',
          layers: [{ kind: 'pooling', name: '3×3 max pooling', outputShape: shape(192) }],
        },
      ],
      output: { name: 'Filter concatenation', shape: shape(384) },
    },
    { title: 'Inception module', subtitle: 'Shapes are (channels, height, width)' },
  ),
  networkDiagram: networkDiagram(
    [
      ...GOOGLENET.map(([name, side, channels], at) => ({
        name,
        outputShape: [channels, side, side],
        parameters: name.includes('pool') ? 0 : 1e4 + at * 9.9e4,
        multiplyAdds: name.includes('pool') ? 0 : 3.99e8 / (1 + (at % 4)),
      })),
      { name: 'flatten', outputShape: [1024], parameters: 0, multiplyAdds: 0 },
      { name: 'fc6', outputShape: [1000], parameters: 1_025_000, multiplyAdds: 1_024_000 },
    ],
    { title: 'GoogLeNet from input to classes', subtitle: 'as wide as their channels' },
  ),
  kernelPaddingDiagram: kernelPaddingDiagram(
    [
      { kernel: 3, padding: 1 },
      { kernel: 7, padding: 3 },
    ],
    { title: 'Kernel and padding' },
  ),
  stridePaddingDiagram: stridePaddingDiagram(
    {
      size: 32,
      kernel: 7,
      stride: 2,
      schemes: [
        { name: 'PyTorch, padding=3', before: 3, after: 3 },
        { name: 'TensorFlow, same', before: 2, after: 3 },
      ],
    },
    { title: 'Same output size, other pixels' },
  ),
  featureMaps: featureMaps([{ name: 'branch1', values: wave(16 * 16 * 12), shape: [16, 16, 12] }], {
    title: 'Feature maps',
  }),
  filterChanges: filterChanges(
    wave(7 * 7 * 3 * 64),
    wave(7 * 7 * 3 * 64).map((weight, at) => weight + 0.1 * Math.sin(at)),
    [7, 7, 3, 64],
    { title: 'The 64 filters of conv1', subtitle: 'before and after' },
  ),
  receptiveFieldDiagram: receptiveFieldDiagram(
    Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * 7) % 256),
    [32, 32, 3],
    [
      ['conv1', 13, 19],
      ['maxpool1', 11, 21],
      ['conv2_red', 11, 21],
      ['maxpool2', 3, 29],
      ['icp_3a', -13, 45],
      ['icp_4e', -197, 229],
    ].map(([name, first, last]) => ({
      name: String(name),
      first: Number(first),
      last: Number(last),
    })),
    { title: 'What a position sees', subtitle: 'of an image of 32×32 pixels' },
  ),
  classChannels: classChannels(
    CLASSES.map((_, row) =>
      Array.from({ length: 832 }, (__, channel) => (row === 1 ? NaN : ((row + 3) * channel) % 97)),
    ),
    CLASSES,
    { title: 'What the channels answer', subtitle: 'block 4e' },
  ),
};
