import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import {
  display,
  displayTable,
  inNotebook,
  kernelPaddingDiagram,
  liveFigure,
  notebookProgress,
  trainingCurves,
  type DataFrameLike,
  type TrainingPoint,
} from 'googlenet/plots';

const PLOTLY = 'application/vnd.plotly.v1+json';

interface Message {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id: string };
  update: boolean;
}

/** Node without a kernel: no other test has loaded tslab there. */
async function outside(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code]);
  return stdout.trim();
}

describe('outside a notebook', () => {
  for (const call of [
    'display(p.trainingCurves([]))',
    'liveFigure()',
    'notebookProgress()',
    'displayTable([])',
  ]) {
    test(`${call} says that it needs one`, async () => {
      const name = /^\w+/.exec(call)?.[0] ?? '';
      const output = await outside(
        `const p = require('googlenet/plots');
         (async () => p.${call})().catch((error) => console.log(error.message));`,
      );
      assert.ok(output.startsWith(`${name}() needs a notebook`), output);
    });
  }

  test('the module loads nothing heavy before it is needed', async () => {
    const output = await outside(
      `const p = require('googlenet/plots'); p.trainingCurves([]);
       const loaded = Object.keys(require.cache).join();
       console.log(['jsdom', 'plotly.js-dist', 'resvg', 'tslab', 'tfjs'].filter((name) => loaded.includes(name + require('path').sep)).join(), p.inNotebook());`,
    );
    assert.equal(output, 'false');
  });

  test('a process that drew a picture ends by itself', async () => {
    const output = await outside(
      `const p = require('googlenet/plots');
       p.toPng(p.trainingCurves([])).then((png) => console.log(png.length > 0));`,
    );
    assert.equal(output, 'true');
  });
});

describe('in a notebook', () => {
  // The kernel's own module, with the function that it sets when a cell starts.
  const kernel = createRequire(__filename)('tslab/dist/jupyter') as {
    lastWriteDisplayData: ((content: Omit<Message, 'update'>, update?: boolean) => void) | null;
  };
  let messages: Message[];
  beforeEach(() => {
    const cell: Message[] = [];
    messages = cell;
    kernel.lastWriteDisplayData = (content, update = false) => {
      cell.push(structuredClone({ ...content, update }));
    };
  });
  afterEach(() => {
    kernel.lastWriteDisplayData = null;
  });

  /** What the notebook file holds in the end: the last content of each output. */
  const outputs = () => [
    ...new Map(messages.map(({ transient, data }) => [transient.display_id, data])).values(),
  ];

  test('is known to be one', () => {
    assert.equal(inNotebook(), true);
    kernel.lastWriteDisplayData = null;
    assert.equal(inNotebook(), false);
  });

  test('display leaves one output: figure, picture and title', async () => {
    const figure = kernelPaddingDiagram([{ kernel: 3, padding: 1 }], {
      title: 'Pairs',
      subtitle: 'k:p',
    });
    await display(figure);
    const [bundle, ...others] = outputs();
    assert.deepEqual(others, []);
    assert.ok(bundle);
    assert.deepEqual(Object.keys(bundle).sort(), [PLOTLY, 'image/png', 'text/plain']);
    const { description, ...plotly } = figure;
    assert.deepEqual(bundle[PLOTLY], plotly);
    assert.equal(bundle['text/plain'], `Pairs: k:p. ${description}`);
    const { width, height } = figure.layout;
    const png = PNG.sync.read(Buffer.from(bundle['image/png'] as string, 'base64'));
    assert.deepEqual([png.width, png.height], [2 * width, 2 * height], 'sharp on sharp screens');
    assert.deepEqual(messages.at(-1)?.metadata, {
      'image/png': { width, height, alt: bundle['text/plain'] },
    });
    // JupyterLab draws the figure at once only if the first message has no picture.
    assert.deepEqual(
      messages.map(({ update, data }) => [update, 'image/png' in data]),
      [
        [false, false],
        [true, true],
      ],
    );
  });

  test('a chart takes the width of its cell, its picture keeps its own', async () => {
    const figure = trainingCurves([{ epoch: 0, loss: 2.3, accuracy: 0.1 }]);
    await display(figure);
    const bundle = outputs()[0];
    const { layout } = bundle?.[PLOTLY] as { layout: Record<string, unknown> };
    assert.equal('width' in layout, false);
    assert.equal(layout['height'], figure.layout.height);
    const png = PNG.sync.read(Buffer.from(bundle?.['image/png'] as string, 'base64'));
    assert.equal(png.width, 2 * figure.layout.width);
  });

  test('a live figure shows its first and its last state, not each of many', async () => {
    const live = liveFigure();
    const history = [];
    for (let epoch = 0; epoch < 1000; epoch++) {
      history.push({ epoch, loss: 1, accuracy: 0.5 });
      live.update(trainingCurves(history));
      if (epoch === 0) while (messages.length === 0) await sleep(20);
    }
    await live.close();
    const sent = messages.length;
    assert.ok(sent <= 4, `${sent} messages`);
    // While it runs, a picture that every viewer redraws; at the end, the figure.
    assert.deepEqual(Object.keys(messages[0]?.data ?? {}), ['image/svg+xml', 'text/plain']);
    const [bundle, ...others] = outputs();
    assert.deepEqual(others, []);
    assert.deepEqual(Object.keys(bundle ?? {}).sort(), [PLOTLY, 'image/png', 'text/plain']);
    const { data } = bundle?.[PLOTLY] as { data: { x: number[] }[] };
    assert.equal(data[0]?.x.length, 1000);
    await sleep(1200);
    assert.equal(messages.length, sent, 'nothing is sent after close');
  });

  test('a state of a live figure is a small message, of many epochs too', async () => {
    const live = liveFigure();
    const wave = (epoch: number) => 1.1 + Math.sin(epoch);
    live.update(
      trainingCurves(
        Array.from({ length: 1000 }, (_, epoch) => ({
          epoch,
          loss: wave(epoch),
          accuracy: wave(epoch) / 2.2,
        })),
      ),
    );
    while (messages.length === 0) await sleep(20);
    const { data } = messages[0] ?? {};
    assert.match(data?.['image/svg+xml'] as string, /^<svg/);
    const bytes = JSON.stringify(messages[0]).length;
    assert.ok(bytes < 100_000, `${bytes} bytes`);
    await live.close();
  });

  test('a live figure that cannot be drawn says so when it is closed', async () => {
    const live = liveFigure();
    const figure = trainingCurves([]);
    // What Plotly draws is copied, and a function cannot be.
    live.update({ ...figure, layout: { ...figure.layout, title: () => 'no title' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await assert.rejects(live.close(), /could not be cloned/);
  });

  test('a live figure without a state shows nothing', async () => {
    await liveFigure().close();
    assert.deepEqual(messages, []);
  });

  test('an output stays in its cell when another one runs', async () => {
    const live = liveFigure();
    const own = messages;
    const other: unknown[] = [];
    kernel.lastWriteDisplayData = (content) => {
      other.push(content);
    };
    live.update(trainingCurves([]));
    await live.close();
    assert.deepEqual(other, []);
    assert.ok(own.length > 0);
  });

  describe('progress', () => {
    const state = {
      epoch: 1,
      epochs: 4,
      batch: 5,
      batches: 10,
      imagesPerSecond: 1234.4,
      secondsLeft: 3725,
      loss: 1.23456,
      accuracy: 0.5,
    };

    test('says where the run stands, as HTML and as text', () => {
      notebookProgress().update(state);
      const [bundle] = outputs();
      const text =
        'epoch 1 of 4 · batch 5/10 · 1,234 images/s · 1:02:05 left · loss 1.2346 · accuracy 0.5000';
      // One epoch and a half of four.
      assert.equal(bundle?.['text/plain'], `████████░░░░░░░░░░░░ 37% ${text}`);
      assert.match(bundle['text/html'] as string, /^<progress value="0.3750" max="1">/);
      assert.ok((bundle['text/html'] as string).includes(text));
    });

    test('leaves out what is not known yet', () => {
      notebookProgress().update({ ...state, imagesPerSecond: NaN, secondsLeft: NaN });
      const text = outputs()[0]?.['text/plain'] as string;
      assert.doesNotMatch(text, /NaN|images|left/);
    });

    test('can be called each step: most calls send nothing, the last one counts at the end', () => {
      const bar = notebookProgress();
      for (let batch = 0; batch <= 10; batch++)
        bar.update({ ...state, epoch: 3, batch, loss: batch });
      assert.equal(messages.length, 1);
      bar.close();
      assert.equal(outputs().length, 1);
      assert.match(outputs()[0]?.['text/plain'] as string, /^✓ 4 epochs in 0:0\d · loss 10.0000/);
    });

    test('a run that was stopped is not called complete', () => {
      const bar = notebookProgress();
      bar.update(state);
      bar.close();
      assert.match(
        outputs()[0]?.['text/plain'] as string,
        /^■ stopped in epoch 1 of 4, batch 5\/10/,
      );
    });
  });

  describe('table', () => {
    const rows = [
      { block: 'naive <1>', parameters: 387296, share: 1, note: null },
      { block: 'reduced', parameters: 163696, share: 0.42267, note: 'ok' },
    ];
    const shown = () => {
      const bundle = outputs()[0];
      return { html: bundle?.['text/html'] as string, text: bundle?.['text/plain'] as string };
    };

    test('is HTML without style sheets or scripts, numbers to the right, text escaped', () => {
      displayTable(rows, { caption: 'Cost & gain' });
      const { html } = shown();
      assert.doesNotMatch(html, /<style|<script|class=/);
      assert.ok(html.includes('<caption align="top">Cost &amp; gain</caption>'));
      const cells = [...html.matchAll(/<td align="(\w+)" style="text-align: (\w+)">(.*?)<\/td>/g)];
      assert.deepEqual(
        cells.map(([, align, style, text]) => [align, style, text]),
        [
          ['left', 'left', 'naive &lt;1&gt;'],
          ['right', 'right', '387,296'],
          ['right', 'right', '1.000'],
          ['left', 'left', ''],
          ['left', 'left', 'reduced'],
          ['right', 'right', '163,696'],
          ['right', 'right', '0.423'],
          ['left', 'left', 'ok'],
        ],
      );
    });

    test('is text in columns too', () => {
      displayTable(rows);
      assert.deepEqual(shown().text.split('\n'), [
        'block      parameters  share  note',
        '---------  ----------  -----  ----',
        'naive <1>     387,296  1.000',
        'reduced       163,696  0.423  ok',
      ]);
    });

    test('takes decimals where the caller knows better', () => {
      displayTable(rows, { decimals: { share: 1 } });
      assert.ok(shown().text.includes('0.4 '));
    });

    test('shows values that are no numbers as they are', () => {
      displayTable([{ loss: NaN }, { loss: 0.5 }, { loss: undefined }]);
      assert.deepEqual(shown().text.split('\n').slice(2), [' NaN', ' 0.5', '']);
    });

    test('shows a danfojs DataFrame', async () => {
      const { DataFrame } = await import('danfojs-node');
      displayTable(new DataFrame({ Epoch: [0, 199], Loss: [2.3027, 0.7501] }));
      assert.deepEqual(shown().text.split('\n'), [
        'Epoch    Loss',
        '-----  ------',
        '    0  2.3027',
        '  199  0.7501',
      ]);
    });

    test('shows the labels of a DataFrame’s rows as headers', async () => {
      const { DataFrame } = await import('danfojs-node');
      const frame = new DataFrame({ loss: [1, 3], 'a<b': ['x', null] }, { index: ['one', 'two'] });
      displayTable(frame);
      assert.deepEqual(shown().text.split('\n'), [
        '     loss  a<b',
        '---  ----  ---',
        'one     1  x',
        'two     3',
      ]);
      const headers = [...shown().html.matchAll(/<th [^>]*>(.*?)<\/th>/g)].map(([, text]) => text);
      assert.deepEqual(headers, ['', 'loss', 'a&lt;b', 'one', 'two']);
    });

    test('shows which statistic is which in describe()', async () => {
      const { DataFrame } = await import('danfojs-node');
      displayTable(new DataFrame({ loss: [1, 2, 6] }).describe());
      assert.deepEqual(shown().text.split('\n'), [
        '          loss',
        '--------  ----',
        'count     3.00',
        'mean      3.00',
        'std       2.65',
        'min       1.00',
        'median    2.00',
        'max       6.00',
        'variance  7.00',
      ]);
    });

    test('shows where rows that were picked stood', async () => {
      const { DataFrame } = await import('danfojs-node');
      displayTable(new DataFrame({ loss: [1, 2, 6] }).tail(2) as DataFrameLike);
      assert.deepEqual(shown().text.split('\n'), ['   loss', '-  ----', '1     2', '2     6']);
    });

    test('shows a danfojs Series', async () => {
      const { DataFrame } = await import('danfojs-node');
      const frame = new DataFrame({ loss: [2.5, 1] }, { index: ['one', 'two'] });
      displayTable(frame['loss'] as DataFrameLike);
      assert.deepEqual(shown().text.split('\n').slice(2), ['one   2.5', 'two   1.0']);
    });

    test('shows numbers that decimals would make zeros of with an exponent', () => {
      const written = (...numbers: (number | bigint)[]) => {
        messages.length = 0;
        displayTable(numbers.map((lr) => ({ lr })));
        return shown()
          .text.split('\n')
          .slice(2)
          .map((line) => line.trim());
      };
      assert.deepEqual(written(1e-7, 3e-8), ['1e-7', '3e-8']);
      assert.deepEqual(written(0.5, -1.23456e-7, 2e-5, 0), ['0.5', '-1.23e-7', '2.00e-5', '0.0']);
      assert.deepEqual(written(0.0001, 0.25), ['0.0001', '0.2500']);
      assert.deepEqual(written(0.000123456, 1), ['0.000123', '1.000000']);
      assert.deepEqual(written(2e-300, 1.5e300), ['2.0e-300', '1.5e+300']);
      assert.deepEqual(written(12345678901234567890n, 0.5), [
        '12,345,678,901,234,567,890.0',
        '0.5',
      ]);
    });

    test('no two numbers of different size are shown alike', () => {
      const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300, max: 1e20 });
      fc.assert(
        fc.property(number, number, (a, b) => {
          fc.pre(a < 0.9 * b);
          messages.length = 0;
          displayTable([{ a }, { a: b }]);
          const [, , first, second] = shown().text.split('\n');
          assert.notEqual(first?.trim(), second?.trim());
        }),
      );
    });

    test('shows values of every kind', () => {
      const circular: Record<string, unknown> = { n: 1n };
      circular['self'] = circular;
      const cells = [
        true,
        new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
        new Date(NaN),
        { shape: [64, 7] },
        Object.assign(Object.create(null) as object, { a: 1n }),
        new Map([['a', 1]]),
        circular,
        Symbol('s'),
        'two\nlines',
        'plain',
      ];
      displayTable(cells.map((cell) => ({ cell })));
      assert.deepEqual(shown().text.split('\n').slice(2), [
        'true',
        '2026-01-02T03:04:05.000Z',
        'Invalid Date',
        '{ shape: [ 64, 7 ] }',
        '{ a: 1n }',
        "Map(1) { 'a' => 1 }",
        '<ref *1> { n: 1n, self: [Circular *1] }',
        'Symbol(s)',
        'two lines',
        'plain',
      ]);
    });

    test('takes rows without a prototype, Maps, and columns of any name', () => {
      const bare = Object.assign(Object.create(null) as object, { constructor: 1 });
      displayTable([bare, new Map([['constructor', 2]]), JSON.parse('{"__proto__":3}') as object]);
      assert.deepEqual(shown().text.split('\n'), [
        'constructor  __proto__',
        '-----------  ---------',
        '          1',
        '          2',
        '                     3',
      ]);
    });

    test('takes rows of any type, and the columns that only some of them have', () => {
      const history: TrainingPoint[] = [
        { epoch: 0, loss: 2.25, accuracy: 0.125 },
        { epoch: 1, loss: 2, accuracy: 0.25, testLoss: 2.5 },
      ];
      displayTable(history);
      assert.deepEqual(shown().text.split('\n'), [
        'epoch  loss  accuracy  testLoss',
        '-----  ----  --------  --------',
        '    0  2.25     0.125',
        '    1  2.00     0.250       2.5',
      ]);
    });

    test('of no rows is an empty table', () => {
      displayTable([]);
      assert.ok(shown().html.startsWith('<table>'));
    });
  });
});
