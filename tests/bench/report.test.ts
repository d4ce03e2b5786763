import assert from 'node:assert/strict';
import { test } from 'node:test';
import { speedFigure } from '../../lib/dist/bench/figure';
import { markdown, table, type Report } from '../../lib/dist/bench/report';
import type { Row } from '../../lib/dist/bench/results';
import { toSvg } from '../../lib/dist/plots';

const row = (fields: Partial<Row>): Row => ({
  library: 'googlenet',
  variant: 'graph',
  precision: 'float32',
  work: 'step',
  batch: 256,
  device: 'CPU',
  imagesPerSecond: 1234.5,
  spread: 0.1,
  peakMemoryMiB: 2048.4,
  rounds: 5,
  ...fields,
});

const report = (rows: Row[]): Report => ({
  date: '2026-05-04T03:02:01.000Z',
  machine: {
    processor: 'Some CPU',
    cores: 2,
    memoryGiB: 8,
    system: 'Linux 6 x64',
    instructions: ['avx2'],
  },
  device: 'CPU',
  versions: { TensorFlow: '2.21.0' },
  dataset: 'a generated set',
  rows,
  ratios: [],
  agreements: [],
});

test('a table has columns as wide as their widest cell, numbers to the right, none that say nothing', () => {
  const things = [
    { name: 'a', n: '1' },
    { name: 'longer', n: '12,345', some: '7' },
  ];
  assert.equal(
    table(things, {
      Name: ({ name }) => name,
      n: ({ n }) => n,
      none: () => undefined,
      some: ({ some }) => some,
    }),
    [
      '| Name   |      n | some |',
      '| ------ | -----: | ---: |',
      '| a      |      1 |    – |',
      '| longer | 12,345 |    7 |',
    ].join('\n'),
  );
});

test('the report names machine, versions, date and data set, and shows each row', () => {
  const text = markdown(report([row({ firstCallSeconds: 3.21 }), row({ batch: 128, rounds: 1 })]));
  for (const part of [
    'Some CPU (avx2), 2 cores, 8 GiB',
    'TensorFlow 2.21.0',
    '2026-05-04',
    'a generated set',
  ])
    assert.ok(text.includes(part), part);
  const lines = text.split('\n').filter((line) => line.startsWith('| googlenet'));
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  assert.deepEqual(cells, [
    ['', 'googlenet graph', 'float32', '128', '1,235', '–', '2,048 MiB', '–', ''],
    ['', 'googlenet graph', 'float32', '256', '1,235', '5 %', '2,048 MiB', '3.2 s', ''],
  ]);
});

test('where a GPU computed, the report says which memory is meant, and what has no ratio', () => {
  const memory = /main memory: the GPU's is not counted/;
  const noRatio =
    /googlenet ran on CPU, PyTorch ran on NVIDIA L4: between a CPU and a GPU no ratio is given/;
  const ours = row({});
  const [ourGpu, peer] = [
    row({ device: 'NVIDIA L4' }),
    row({ library: 'PyTorch', device: 'NVIDIA L4' }),
  ];
  assert.doesNotMatch(markdown(report([ours])), memory);
  assert.match(markdown(report([ourGpu, peer])), memory);
  assert.doesNotMatch(markdown(report([ourGpu, peer])), /no ratio/);
  assert.match(markdown(report([ours, peer])), memory);
  assert.match(markdown(report([ours, peer])), noRatio);
});

test('the picture has a panel a batch and a bar a variant', () => {
  const figure = speedFigure(
    report([
      row({ imagesPerSecond: 900 }),
      row({ batch: 2048, imagesPerSecond: 1000 }),
      row({ library: 'PyTorch', variant: 'channels_last', imagesPerSecond: 700 }),
      row({ work: 'epoch', imagesPerSecond: 1 }),
    ]),
  );
  assert.deepEqual(
    figure?.data.map(({ x, y }) => [y, x]),
    [
      [
        ['googlenet graph', 'PyTorch channels_last'],
        [900, 700],
      ],
      [['googlenet graph'], [1000]],
    ],
  );
});

test('beside every panel of the picture each bar has its tick mark', async () => {
  const peer = { library: 'PyTorch', variant: 'channels_last' } as const;
  const rows = [128, 256].flatMap((batch) => [row({ batch }), row({ batch, ...peer })]);
  const figure = speedFigure(report(rows));
  assert.ok(figure);
  const svg = await toSvg(figure);
  for (const axis of ['y', 'y2']) {
    assert.equal(svg.split(`class="${axis}tick ticks crisp"`).length - 1, 2, axis);
  }
});

test('without training steps there is no picture', () => {
  assert.equal(speedFigure(report([row({ work: 'inference' })])), undefined);
});
