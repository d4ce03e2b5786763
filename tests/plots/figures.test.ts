import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import {
  classChannels,
  confusionMatrix,
  costBars,
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
import { EVERY_FIGURE } from './everyFigure';

interface Annotation {
  text: string;
  showarrow: boolean;
  x: number;
  y: number;
}

const annotations = (figure: Figure) => figure.layout['annotations'] as Annotation[];
const labels = (figure: Figure) =>
  annotations(figure).map(({ text }) => text.replace(/<[^>]*>/g, ''));
const ticks = (figure: Figure, axis: string) => {
  const { tickvals, ticktext } = figure.layout[axis] as Record<string, unknown>;
  return [tickvals, ticktext];
};
/** Of three names. */
const places = [0, 1, 2];
const shapes = (figure: Figure) => figure.layout['shapes'] as Record<string, unknown>[];
const pictures = (figure: Figure) =>
  (figure.layout['images'] as { source: string }[]).map(({ source }) =>
    PNG.sync.read(Buffer.from(source.replace('data:image/png;base64,', ''), 'base64')),
  );
const rgb = (png: PNG, x: number, y: number) => [
  ...png.data.subarray((y * png.width + x) * 4, (y * png.width + x) * 4 + 3),
];

describe('every figure', () => {
  for (const [name, figure] of Object.entries(EVERY_FIGURE)) {
    test(`${name} is plain JSON and fits a notebook cell`, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(figure)), figure);
      assert.ok(figure.layout.width <= 800);
    });

    test(`${name} says in words what is seen`, () => {
      assert.match(figure.description, /^[^<>]{20,}\.$/);
      assert.doesNotMatch(figure.description, /NaN|undefined|Infinity/);
    });
  }
});

describe('trainingCurves', () => {
  const history = [
    { epoch: 0, loss: 2.3, accuracy: 0.1, testLoss: 2.2, testAccuracy: 0.2 },
    { epoch: 1, loss: 1.9, accuracy: 0.3 },
    { epoch: 2, loss: 1.5, accuracy: 0.5, testLoss: 1.6, testAccuracy: 0.4 },
  ];

  test('draws loss, logarithmic, over accuracy with the lecture’s titles', () => {
    const { data, layout } = trainingCurves(history);
    assert.deepEqual(
      data.map(({ name, yaxis, x, y }) => ({ name, yaxis, x, y })),
      [
        { name: 'training', yaxis: 'y', x: [0, 1, 2], y: [2.3, 1.9, 1.5] },
        { name: 'test', yaxis: 'y', x: [0, 2], y: [2.2, 1.6] },
        { name: 'training', yaxis: 'y2', x: [0, 1, 2], y: [0.1, 0.3, 0.5] },
        { name: 'test', yaxis: 'y2', x: [0, 2], y: [0.2, 0.4] },
      ],
    );
    const axisOf = (name: string) =>
      layout[name] as { title: { text: string }; domain: [number, number]; type?: string };
    assert.match((layout['title'] as { text: string }).text, /GoogLeNet Metrics by Epoch/);
    assert.deepEqual(
      ['xaxis', 'yaxis', 'yaxis2'].map((name) => axisOf(name).title.text),
      ['EPOCHS', 'Loss (logarithmic)', 'Accuracy'],
    );
    assert.deepEqual([axisOf('yaxis').type, axisOf('yaxis2').type], ['log', undefined]);
    assert.ok(axisOf('yaxis').domain[0] > axisOf('yaxis2').domain[1]);
  });

  test('joins the test’s points only where every epoch was tested', () => {
    const modes = (figure: Figure) =>
      new Set(figure.data.filter(({ name }) => name === 'test').map(({ mode }) => mode));
    assert.deepEqual(modes(trainingCurves(history)), new Set(['markers']));
    const always = history.map((point) => ({ ...point, testLoss: 2, testAccuracy: 0.2 }));
    assert.deepEqual(modes(trainingCurves(always)), new Set(['lines+markers']));
  });

  test('says in words where the curves begin and end', () => {
    const { description } = trainingCurves(history);
    assert.ok(
      description.endsWith(
        'training, epoch 0: loss 2.3000, accuracy 0.1000; epoch 2: loss 1.5000, accuracy 0.5000. ' +
          'test, epoch 0: loss 2.2000, accuracy 0.2000; epoch 2: loss 1.6000, accuracy 0.4000.',
      ),
      description,
    );
  });

  test('marks checkpoints with a line each and reference results with points in both rows', () => {
    const figure = trainingCurves(history, {
      checkpoints: [1, 2],
      reference: { name: 'lecture', points: [{ epoch: 2, loss: 1, accuracy: 0.9 }] },
    });
    assert.deepEqual(
      shapes(figure).map(({ x0, x1 }) => [x0, x1]),
      [
        [1, 1],
        [2, 2],
      ],
    );
    const points = figure.data.filter(({ name }) => name === 'lecture');
    assert.deepEqual(
      points.map(({ x, y, mode }) => ({ x, y, mode })),
      [
        { x: [2], y: [1], mode: 'markers' },
        { x: [2], y: [0.9], mode: 'markers' },
      ],
    );
  });

  test('leaves out checkpoints still to come while a run is at its first epochs', () => {
    const figure = trainingCurves(history.slice(0, 1), { checkpoints: [0, 4, 299] });
    assert.deepEqual(
      shapes(figure).map(({ x0 }) => x0),
      [0],
    );
  });

  test('has every epoch on its x axis, and each name once in the legend', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 5000 }), { maxLength: 60 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 5000 }), { maxLength: 5 }),
        (epochs, lecture) => {
          const point = (epoch: number) => ({ epoch, loss: 1, accuracy: 0.5 });
          const figure = trainingCurves(epochs.map(point), {
            reference: { name: 'lecture', points: lecture.map(point) },
          });
          const { range } = figure.layout['xaxis'] as { range: [number, number] };
          assert.ok(range.every(Number.isFinite) && range[0] < range[1]);
          for (const epoch of [...epochs, ...lecture]) {
            assert.ok(range[0] < epoch && epoch < range[1]);
          }
          const shown = figure.data.filter(({ showlegend }) => showlegend !== false);
          assert.equal(new Set(shown.map(({ name }) => name)).size, shown.length);
        },
      ),
    );
  });
});

describe('imageGrid', () => {
  const classNames = ['red', 'green', 'blue'];
  // Three images of 2×2: the first has one white pixel, at row 1, column 0.
  const images = Uint8Array.from([
    ...[255, 0, 0, 255, 0, 0, 255, 255, 255, 255, 0, 0],
    ...[0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0],
    ...[0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 255],
  ]);
  const input = { images, imageShape: [2, 2, 3] as const, labels: [0, 1, 2], classNames };

  test('enlarges each pixel to a square, without smoothing', () => {
    const [png] = pictures(imageGrid(input));
    assert.ok(png);
    const scale = 48;
    assert.deepEqual(rgb(png, 0, 0), [255, 0, 0]);
    assert.deepEqual(rgb(png, scale - 1, scale - 1), [255, 0, 0]);
    assert.deepEqual(rgb(png, 0, scale), [255, 255, 255]);
    assert.deepEqual(rgb(png, scale - 1, 2 * scale - 1), [255, 255, 255]);
    assert.deepEqual(rgb(png, scale, scale), [255, 0, 0]);
    assert.deepEqual(rgb(png, png.width - 1, png.height - 1), [0, 0, 255]);
  });

  test('writes the true class, and of a wrong prediction both classes', () => {
    assert.deepEqual(labels(imageGrid(input)), classNames);
    const figure = imageGrid({ ...input, predictions: [0, 2, 2] });
    assert.deepEqual(labels(figure), ['✓ red', '× blueis green', '✓ blue']);
    assert.equal(shapes(figure).length, 1);
  });

  test('frames as many images as predictions are wrong', () => {
    const label = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { maxLength: 40 }), (pairs) => {
        const figure = imageGrid({
          images: new Uint8Array(pairs.length * 3),
          imageShape: [1, 1, 3],
          labels: pairs.map(([truth]) => truth),
          predictions: pairs.map(([, predicted]) => predicted),
          classNames,
        });
        assert.equal(shapes(figure).length, pairs.filter(([a, b]) => a !== b).length);
        assert.equal(labels(figure).length, pairs.length);
      }),
      { numRuns: 30 },
    );
  });

  test('refuses images, predictions and labels that do not belong together', () => {
    assert.throws(
      () => imageGrid({ ...input, images: images.subarray(1) }),
      /images has 35 values, expected 36/,
    );
    assert.throws(
      () => imageGrid({ ...input, predictions: [0] }),
      /predictions has 1 values, expected 3/,
    );
    assert.throws(() => imageGrid({ ...input, labels: [0, 1, 3] }), /label 3 has no name/);
  });
});

describe('confusionMatrix', () => {
  test('colours a cell by its share of the true class and writes the count, but no zeros', () => {
    const figure = confusionMatrix(
      [
        [3, 1],
        [0, 0],
      ],
      ['cat', 'dog'],
    );
    const [heatmap] = figure.data;
    assert.deepEqual(heatmap?.['z'], [
      [0.75, 0.25],
      [0, 0],
    ]);
    assert.deepEqual(heatmap['text'], [
      ['3', '1'],
      ['', ''],
    ]);
    // The first class is the top row, as in a table.
    assert.equal((figure.layout['yaxis'] as { autorange: string }).autorange, 'reversed');
  });

  test('keeps classes of equal names apart', () => {
    const names = ['cat', 'cat', 'dog'];
    const figure = confusionMatrix(
      names.map(() => [1, 2, 3]),
      names,
    );
    const [heatmap] = figure.data;
    assert.deepEqual([heatmap?.['x'], heatmap?.['y']], [places, places]);
    assert.deepEqual((heatmap?.['customdata'] as unknown[][][])[1]?.[2], ['cat', 'dog', 3]);
    for (const axis of ['xaxis', 'yaxis']) assert.deepEqual(ticks(figure, axis), [places, names]);
  });

  test('refuses a matrix that is not square in the classes', () => {
    assert.throws(
      () => confusionMatrix([[1, 2]], ['cat', 'dog']),
      /matrix has 1 values, expected 2/,
    );
    assert.throws(
      () => confusionMatrix([[1, 2], [1]], ['cat', 'dog']),
      /matrix\[1\] has 1 values, expected 2/,
    );
  });
});

describe('perClassAccuracy', () => {
  test('draws a bar for each class and a line for all images', () => {
    const figure = perClassAccuracy([0.25, 1], ['cat', 'dog'], 0.625);
    assert.deepEqual(figure.data[0]?.['x'], [0.25, 1]);
    assert.deepEqual(figure.data[0]['text'], ['0.250', '1.000']);
    assert.deepEqual(
      shapes(figure).map(({ x0, x1 }) => [x0, x1]),
      [[0.625, 0.625]],
    );
    assert.deepEqual(labels(figure), ['all images: 0.625']);
  });

  test('says of a class without images that it has none', () => {
    const figure = perClassAccuracy([0.25, NaN], ['cat', 'dog'], 0.25);
    assert.deepEqual(figure.data[0]?.['x'], [0.25, null]);
    assert.deepEqual(ticks(figure, 'yaxis')[1], ['cat', 'dog (no images)']);
    assert.match(figure.description, /cat 0\.250, dog no images\.$/);
  });

  test('keeps classes of equal names apart', () => {
    const names = ['cat', 'cat', 'dog'];
    const figure = perClassAccuracy([0.25, 0.5, 1], names, 0.5);
    assert.deepEqual(figure.data[0]?.['y'], places);
    assert.deepEqual(figure.data[0]['customdata'], names);
    assert.deepEqual(ticks(figure, 'yaxis'), [places, names]);
  });

  test('refuses accuracies without a class', () => {
    assert.throws(
      () => perClassAccuracy([0.5], ['cat', 'dog'], 0.5),
      /accuracies has 1 values, expected 2/,
    );
  });
});

describe('costBars', () => {
  test('stacks the stages to their total, one colour for a name in both panels', () => {
    // The lecture's naive block for (192, 100, 100), by branch: in · k² · out weights, each used
    // once a pixel, and out biases.
    const widths = [
      { out: 64, kernel: 1 },
      { out: 128, kernel: 3 },
      { out: 32, kernel: 5 },
    ];
    const stages = widths.map(({ out, kernel }, at) => ({
      name: `branch${at + 1}`,
      outputShape: [out, 100, 100],
      parameters: 192 * kernel ** 2 * out + out,
      multiplyAdds: 192 * kernel ** 2 * out * 100 * 100,
    }));
    const pooling = {
      name: 'branch4',
      outputShape: [192, 100, 100],
      parameters: 0,
      multiplyAdds: 0,
    };
    const figure = costBars([{ name: 'naive', stages: [...stages, pooling] }], { title: 'Cost' });
    assert.equal(figure.layout['barmode'], 'stack');
    assert.deepEqual(labels(figure), [
      '3.87 G',
      'branch1  123 M',
      'branch2  2.21 G',
      'branch3  1.54 G',
      '387.3 k',
      'branch1  12.4 k',
      'branch2  221 k',
      'branch3  154 k',
    ]);
    // Each part's name stands at its middle, where there is room.
    const [, first, second] = annotations(figure);
    const [works = 0, next = 0] = stages.map(({ multiplyAdds }) => multiplyAdds);
    assert.ok(first && second && first.y >= works / 2);
    assert.equal(second.y, works + next / 2);
    const colourOf = (name: string) =>
      new Set(
        figure.data
          .filter((trace) => trace['name'] === name)
          .map((trace) => (trace['marker'] as { color: string }).color),
      );
    assert.equal(colourOf('branch1').size, 1);
    assert.notDeepEqual(colourOf('branch1'), colourOf('branch2'));
  });
});

describe('costBars of equal names', () => {
  const stage = (parameters: number) => ({
    name: 'a',
    outputShape: [1],
    parameters,
    multiplyAdds: 0,
  });
  const modules = [
    { name: 'block', stages: [stage(3000), stage(2000)] },
    { name: 'block', stages: [stage(1000)] },
  ];

  test('keeps modules apart, and counts all stages of a name', () => {
    const figure = costBars(modules, { title: 'Cost' });
    const parameters = figure.data.find(({ xaxis }) => xaxis === 'x2');
    assert.deepEqual(
      [parameters?.['x'], parameters?.['y']],
      [
        [0, 1],
        [5000, 1000],
      ],
    );
    assert.deepEqual(ticks(figure, 'xaxis2'), [
      [0, 1],
      ['block', 'block'],
    ]);
    assert.deepEqual(labels(figure).slice(-4), ['5.00 k', 'a  5.00 k', '1.00 k', 'a  1.00 k']);
  });
});

describe('inceptionDiagram', () => {
  test('writes every shape once and joins all boxes with arrows', () => {
    const figure = inceptionDiagram(
      {
        input: { name: 'in', shape: [192, 100, 100] },
        branches: [
          {
            name: 'branch1',
            layers: [{ kind: 'convolution', name: '1×1', outputShape: [64, 100, 100] }],
          },
          {
            name: 'branch2',
            layers: [
              { kind: 'reduction', name: '1×1', outputShape: [96, 100, 100] },
              { kind: 'convolution', name: '3×3', outputShape: [128, 100, 100] },
            ],
          },
        ],
        output: { name: 'concatenation', shape: [192, 100, 100] },
      },
      { title: 'Block' },
    );
    const texts = labels(figure);
    for (const shape of [
      '(64, 100, 100)',
      '(96, 100, 100)',
      '(128, 100, 100)',
      '(192, 100, 100)',
    ]) {
      assert.equal(texts.filter((text) => text === shape).length, 1, shape);
    }
    assert.ok(texts.some((text) => text.includes('in  (192, 100, 100)')));
    // Into three layers, out of two branches, out of the block.
    assert.equal(annotations(figure).filter(({ showarrow }) => showarrow).length, 6);
    // Three layers, the input and the concatenation.
    assert.equal(shapes(figure).length, 5);
  });
});

describe('networkDiagram', () => {
  test('keeps the stages’ order, numbers and shapes', () => {
    const figure = networkDiagram(
      [
        { name: 'conv1', outputShape: [64, 112, 112], parameters: 9472, multiplyAdds: 118_013_952 },
        { name: 'maxpool1', outputShape: [64, 56, 56], parameters: 0, multiplyAdds: 0 },
        { name: 'fc6', outputShape: [1000], parameters: 1_025_000, multiplyAdds: 1_024_000 },
      ],
      { title: 'Network' },
    );
    const [maps, multiplyAdds, parameters] = figure.data;
    // Half the side is one step less: 112 is 2 · 56.
    const [first = 0, second = 0, last] = maps?.['y'] as number[];
    assert.ok(Math.abs(first - second - 1) < 1e-12);
    assert.equal(last, 1);
    assert.deepEqual(multiplyAdds?.['y'], [118_013_952, 0, 1_024_000]);
    assert.deepEqual(parameters?.['y'], [9472, 0, 1_025_000]);
    assert.deepEqual((figure.layout['xaxis'] as { ticktext: string[] }).ticktext, [
      'conv1',
      'maxpool1',
      'fc6',
    ]);
    assert.deepEqual(labels(figure).filter(Boolean), ['112', '64', '56', '64', '1000']);
  });

  test('hangs a head above the row, on its stage, and hatches what it costs', () => {
    const figure = networkDiagram(
      [
        { name: 'icp_4a', outputShape: [512, 2, 2], parameters: 9472, multiplyAdds: 2_408_448 },
        { name: 'aux1', outputShape: [10], parameters: 8, multiplyAdds: 8, after: 'icp_4a' },
        { name: 'fc6', outputShape: [10], parameters: 8330, multiplyAdds: 8320 },
      ],
      { title: 'Network' },
    );
    const [maps, multiplyAdds] = figure.data;
    const [stage = NaN, head = NaN, last = NaN] = maps?.['base'] as number[];
    // The stage's map, of height 2, is centred on 0; the head stands above its top.
    assert.deepEqual([stage, last], [-1, -0.5]);
    assert.ok(head > 1);
    const { pattern } = multiplyAdds?.['marker'] as { pattern: { shape: string[] } };
    assert.deepEqual(pattern.shape, ['', '/', '']);
    assert.equal(shapes(figure).length, 1);
    assert.match(figure.description, /Heads: aux1 on icp_4a\./);
  });

  test('is to scale: as wide as the channels, and no bar above its axis', () => {
    const figure = networkDiagram(
      [
        { name: 'conv1', outputShape: [64, 16, 16], parameters: 9472, multiplyAdds: 2_408_448 },
        { name: 'conv2', outputShape: [192, 8, 8], parameters: 110_784, multiplyAdds: 7_077_888 },
        { name: 'fc6', outputShape: [10], parameters: 8330, multiplyAdds: 8320 },
      ],
      { title: 'Network' },
    );
    const [first = NaN, second = NaN, third = NaN] = figure.data[0]?.['width'] as number[];
    assert.ok(Math.abs(first / second - 64 / 192) < 1e-12);
    assert.ok(Math.abs(third / second - 10 / 192) < 1e-12);
    for (const [axis, highest, tick] of [
      ['yaxis2', 7_077_888, 8e6],
      ['yaxis3', 110_784, 150e3],
    ] as const) {
      const { dtick, range } = figure.layout[axis] as { dtick: number; range: [number, number] };
      const lastTick = Math.floor(range[1] / dtick) * dtick;
      assert.ok(highest <= lastTick, axis);
      assert.equal(lastTick, tick);
    }
  });
});

describe('padding diagrams', () => {
  test('an odd kernel k keeps the size with padding (k − 1) / 2 and no other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 9, max: 12 }),
        (half, padding, size) => {
          const kernel = 2 * half + 1;
          const texts = labels(
            kernelPaddingDiagram([{ kernel, padding }], { title: 'Pairs' }, size),
          );
          const verdict = padding === half ? 'size kept' : 'size changed';
          assert.ok(texts.includes(`${size} in, ${size + 2 * (padding - half)} out: ${verdict}`));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('7×7 stride 2 on 32: PyTorch starts on pixel 0, TensorFlow’s same on pixel 1', () => {
    const figure = stridePaddingDiagram(
      {
        size: 32,
        kernel: 7,
        stride: 2,
        schemes: [
          { name: 'PyTorch', before: 3, after: 3 },
          { name: 'TensorFlow', before: 2, after: 3 },
        ],
      },
      { title: 'Stride' },
    );
    const windows = labels(figure).filter((text) => text.startsWith('window'));
    assert.deepEqual(windows, [
      'window 0: centre on pixel 0',
      'window 1: centre on pixel 2',
      'window 2: centre on pixel 4',
      'window 15: centre on pixel 30',
      'window 0: centre on pixel 1',
      'window 1: centre on pixel 3',
      'window 2: centre on pixel 5',
      'window 15: centre on pixel 31',
    ]);
  });
});

describe('featureMaps', () => {
  test('scales each channel from black to white and a constant one to black', () => {
    // Two channels, 1×2: the first is 5 then 9, the second 3 everywhere.
    const figure = featureMaps([{ name: 'branch1', values: [5, 3, 9, 3], shape: [1, 2, 2] }], {
      title: 'Maps',
    });
    const [first, second] = pictures(figure);
    assert.ok(first && second);
    assert.deepEqual(rgb(first, 0, 0), [0, 0, 0]);
    assert.deepEqual(rgb(first, first.width - 1, 0), [255, 255, 255]);
    assert.deepEqual(rgb(second, 0, 0), [0, 0, 0]);
    assert.deepEqual(rgb(second, second.width - 1, 0), [0, 0, 0]);
  });

  test('shows the channels that vary most, the widest range first', () => {
    // Ranges 1, 8 and 4.
    const values = [5, 1, 2, 6, 9, 6];
    const figure = featureMaps([{ name: 'branch1', values, shape: [1, 2, 3] }], {
      title: 'Maps',
      channels: 2,
    });
    const numbers = labels(figure).filter((text) => /^\d+$/.test(text));
    assert.deepEqual(numbers, ['1', '2']);
  });

  test('shows no more channels than asked for', () => {
    const branch = {
      name: 'branch1',
      values: new Float32Array(4 * 20),
      shape: [2, 2, 20] as const,
    };
    assert.equal(pictures(featureMaps([branch], { title: 'Maps' })).length, 10);
    assert.equal(pictures(featureMaps([branch], { title: 'Maps', channels: 3 })).length, 3);
  });

  test('names the branch whose values do not fit its shape', () => {
    assert.throws(
      () => featureMaps([{ name: 'branch3', values: [1], shape: [2, 2, 1] }], { title: 'Maps' }),
      /values of branch3 has 1 values, expected 4/,
    );
  });
});

describe('filterChanges', () => {
  // [1, 2, 3, 2]: filter 0 has 1 in red and −0.5 in blue of its first pixel, filter 1 −1 in blue of
  // its second.
  const before = [1, 0, 0, 0, -0.5, 0, 0, 0, 0, 0, 0, -1];
  // Filter 1 becomes twice as large, filter 0 stays.
  const after = [1, 0, 0, 0, -0.5, 0, 0, 0, 0, 0, 0, -2];
  const figure = filterChanges(before, after, [1, 2, 3, 2], { title: 'Filters' });

  test('puts the filter that changed most first, with its change', () => {
    assert.deepEqual(labels(figure).slice(0, 2), ['100 %', '0 %']);
    assert.match(figure.description, /filter 1 by 100 % to filter 0 by 0 %/);
  });

  test('draws before above after; grey is 0, the largest weight of both fully light or dark', () => {
    const [png] = pictures(figure);
    assert.ok(png);
    // Two filters of 2 pixels and a gap: 19 device pixels a weight.
    const [left, right, upper, lower] = [20, png.width - 1, 0, png.height - 1];
    assert.deepEqual(rgb(png, left, upper), [128, 128, 64]);
    assert.deepEqual(rgb(png, left, lower), [128, 128, 0]);
    assert.deepEqual(rgb(png, right - 37, upper), [255, 128, 64]);
    assert.deepEqual(rgb(png, right - 37, lower), [255, 128, 64]);
    assert.deepEqual(rgb(png, right, lower), [128, 128, 128]);
  });

  test('says nothing of the share of a filter that was zero', () => {
    const zeros = before.map(() => 0);
    assert.deepEqual(labels(filterChanges(zeros, after, [1, 2, 3, 2], { title: '' })).slice(0, 2), [
      '',
      '',
    ]);
  });

  test('refuses weights that do not fit the shape', () => {
    assert.throws(
      () => filterChanges(new Float32Array(9408), [1], [7, 7, 3, 64], { title: 'Filters' }),
      /after has 1 values, expected 9408/,
    );
  });
});

describe('receptiveFieldDiagram', () => {
  const image = new Uint8Array(4 * 4 * 3);
  const view = (first: number, last: number) =>
    receptiveFieldDiagram(image, [4, 4, 3], [{ name: 'conv', first, last }], { title: 'Seen' });

  test('says how large the field is and how much of the image is in it', () => {
    assert.deepEqual(labels(view(1, 2)), ['conv', '2×2 pixels25 % of the image']);
    assert.deepEqual(labels(view(-1, 1)), ['conv', '3×3 pixels25 % of the image']);
    assert.deepEqual(labels(view(-9, 17)), ['conv', '27×27 pixels100 % of the image']);
  });

  test('dims what is not seen, and frames what is seen', () => {
    const figure = view(0, 1);
    const [png] = pictures(figure);
    assert.ok(png);
    // Two pixels of padding, then the image, each two device pixels wide.
    assert.deepEqual(rgb(png, 4, 4), [0, 0, 0]);
    assert.deepEqual(rgb(png, 8, 8), [199, 199, 199]);
    assert.deepEqual(rgb(png, 0, 0), [246, 246, 246]);
    const frame = shapes(figure).at(-1);
    assert.equal(Number(frame?.['x1']) - Number(frame?.['x0']), 4);
  });

  test('cuts the frame off where it leaves the picture', () => {
    const frame = shapes(view(-100, 100)).at(-1);
    assert.equal(Number(frame?.['x1']) - Number(frame?.['x0']), 2 * (4 + 2 * 2));
  });

  test('refuses an image of another size', () => {
    assert.throws(
      () => receptiveFieldDiagram([1], [4, 4, 3], [], { title: 'Seen' }),
      /image has 1 values, expected 48/,
    );
  });
});

describe('classChannels', () => {
  test('shows of each class the channels that answer to it most, and how they answer to others', () => {
    const figure = classChannels(
      [
        [4, 1, 0, 5],
        [0, 1, 3, 4],
      ],
      ['cat', 'dog'],
      { title: 'Channels' },
    );
    // Channel 0 leads by 4 for cats, channel 3 by 1, channel 2 by 3 for dogs; 1 tells nothing.
    assert.deepEqual(ticks(figure, 'xaxis'), [
      [0, 1, 2],
      ['0', '3', '2'],
    ]);
    assert.deepEqual(figure.data[0]?.['z'], [
      [1, 1, 0],
      [0, 0.8, 1],
    ]);
    assert.match(figure.description, /to cat the channels 0, 3; to dog the channels 2\.$/);
  });

  test('leaves a class without images blank, and channels that are below 0 for all', () => {
    const figure = classChannels(
      [
        [3, 1, -1],
        [NaN, NaN, NaN],
        [1, 3, -2],
      ],
      ['cat', 'dog', 'ship'],
      { title: 'Channels' },
    );
    assert.deepEqual(figure.data[0]?.['z'], [
      [1, 1 / 3],
      [null, null],
      [1 / 3, 1],
    ]);
    assert.deepEqual(ticks(figure, 'yaxis')[1], ['cat', 'dog (no images)', 'ship']);
    assert.match(
      figure.description,
      /to cat the channels 0; to dog \(no images\) none; to ship the channels 1\.$/,
    );
  });

  test('refuses activations without a class', () => {
    assert.throws(
      () => classChannels([[1]], ['cat', 'dog'], { title: '' }),
      /activations has 1 values, expected 2/,
    );
  });
});
