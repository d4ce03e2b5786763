import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, test, type TestContext } from 'node:test';
import type { TrainingListener, TrainingProgress } from 'googlenet/training';
import { terminalProgress } from '../../lib/dist/commands/terminalProgress';

const step = (fields: Partial<TrainingProgress>): TrainingProgress => ({
  epoch: 3,
  epochs: 10,
  batch: 1,
  batches: 8,
  imagesPerSecond: 812.4,
  secondsLeft: 725,
  loss: 2.30268,
  accuracy: 0.1,
  ...fields,
});

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_LINE = '\x1b[2K';

/** What a listener shows: on standard error, where the bar is, and, line by line, on standard output. */
function shown(
  t: TestContext,
  { isTTY }: { isTTY: boolean },
  follow: (listener: TrainingListener) => void,
): { bar: string; lines: string[]; all: string } {
  const output = { bar: '', lines: [] as string[], all: '' };
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      output.bar += text;
      output.all += text;
      done();
    },
  });
  t.mock.getter(process, 'stderr', () => Object.assign(stream, { isTTY }));
  t.mock.method(console, 'log', (line: string) => {
    output.lines.push(line);
    output.all += `${line}\n`;
  });
  const listener = terminalProgress();
  try {
    follow(listener);
  } finally {
    listener.onEnd?.(true);
    t.mock.restoreAll();
  }
  return output;
}

/** What stands in the bar's line, each time it was drawn anew. */
const drawings = (bar: string) =>
  bar
    .split('\x1b[1G')
    .map(stripVTControlCharacters)
    .filter((text) => text !== '');

describe('the progress of a run', () => {
  for (const isTTY of [true, false]) {
    const where = isTTY ? 'in a terminal' : 'in a file';

    test(`has the lecture's line for each epoch ${where}`, (t) => {
      const { lines } = shown(t, { isTTY }, (progress) => {
        for (const [epoch, loss] of [2.30268, 1.5].entries()) {
          progress.onStep?.(step({ epoch }));
          progress.onEpoch?.({ epoch, loss, accuracy: 0.1 }, []);
        }
      });
      assert.deepEqual(lines, [
        'epoch 0- loss: 2.3027, accuracy: 0.1000',
        'epoch 1- loss: 1.5000, accuracy: 0.1000',
      ]);
    });

    test(`has messages as they are ${where}`, (t) => {
      const { lines } = shown(t, { isTTY }, (progress) => progress.onMessage?.('going on'));
      assert.deepEqual(lines, ['going on']);
    });
  }

  test('is no bar in a file', (t) => {
    const { bar } = shown(t, { isTTY: false }, (progress) => {
      progress.onStep?.(step({ batch: 1 }));
      progress.onStep?.(step({ batch: 2 }));
      progress.onEpoch?.(step({ batch: 2 }), []);
    });
    assert.equal(bar, '');
  });

  test('is a bar in a terminal, with speed, time left and what the epoch has come to', (t) => {
    const { bar } = shown(t, { isTTY: true }, (progress) => {
      progress.onStep?.(step({ batch: 1, imagesPerSecond: NaN, secondsLeft: NaN }));
      progress.onStep?.(step({ batch: 2, loss: 2.25, accuracy: 0.125 }));
    });
    const drawn = drawings(bar);
    assert.equal(
      drawn[0],
      `epoch 3 |${'='.repeat(5)}${'-'.repeat(35)}| 1/8 | ? images/s | ? left | loss 2.3027, accuracy 0.1000`,
    );
    assert.equal(
      drawn.at(-1),
      `epoch 3 |${'='.repeat(10)}${'-'.repeat(30)}| 2/8 | 812 images/s | 12m 05s left | loss 2.2500, accuracy 0.1250`,
    );
  });

  test('is a bar that makes way for a line, and begins anew with the next epoch', (t) => {
    const { all } = shown(t, { isTTY: true }, (progress) => {
      progress.onStep?.(step({ epoch: 3, batch: 8 }));
      progress.onEpoch?.(step({ epoch: 3 }), []);
      progress.onStep?.(step({ epoch: 4, batch: 1 }));
    });
    const [before = '', after = ''] = all.split('epoch 3- loss: 2.3027, accuracy: 0.1000\n');
    assert.ok(before.endsWith(CLEAR_LINE), JSON.stringify(before));
    assert.match(before, /epoch 3 \|={40}\| 8\/8/);
    assert.match(after, /epoch 4 \|={5}-{35}\| 1\/8/);
  });

  test('leaves the cursor and an empty line at its end', (t) => {
    const { bar } = shown(t, { isTTY: true }, (progress) => progress.onStep?.(step({})));
    assert.ok(bar.indexOf(HIDE_CURSOR) >= 0, JSON.stringify(bar));
    assert.ok(bar.lastIndexOf(SHOW_CURSOR) > bar.lastIndexOf(HIDE_CURSOR), JSON.stringify(bar));
    assert.ok(bar.endsWith(CLEAR_LINE), JSON.stringify(bar));
  });
});
