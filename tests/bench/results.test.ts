import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Work } from '../../lib/dist/bench/plan';
import type { Answer } from '../../lib/dist/bench/protocol';
import { agreements, disagrees, ratios, rows, type Sample } from '../../lib/dist/bench/results';
import { largestRelativeDifference, median, spread } from '../../lib/dist/bench/statistics';
import { VARIANTS } from '../../lib/dist/bench/variants';

function sample(id: string, work: Work, batch: number, answer: Partial<Answer>): Sample {
  const variant = VARIANTS.find((candidate) => candidate.id === id);
  assert.ok(variant, id);
  return {
    variant,
    work,
    batch,
    answer: { peakMemoryMiB: 1000, device: 'CPU', versions: {}, ...answer },
  };
}

const speed = (id: string, imagesPerSecond: number, peakMemoryMiB = 1000): Sample =>
  sample(id, 'step', 256, { imagesPerSecond, peakMemoryMiB });

test('the median is the middle value, or the mean of the two middle ones', () => {
  assert.equal(median([5]), 5);
  assert.equal(median([9, 1, 4]), 4);
  assert.equal(median([9, 1, 4, 6]), 5);
  assert.equal(median([]), NaN);
});

test('half of the values are at most the median, half at least', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
  fc.assert(
    fc.property(values, (list) => {
      const middle = median(list);
      assert.ok(list.filter((value) => value <= middle).length * 2 >= list.length);
      assert.ok(list.filter((value) => value >= middle).length * 2 >= list.length);
    }),
  );
});

test('the spread is the range as a share of the median', () => {
  assert.equal(spread([90, 100, 130]), 0.4);
  assert.equal(spread([7]), 0);
});

test('losses are compared step by step; a missing or undefined loss is no agreement', () => {
  assert.equal(largestRelativeDifference([2, 5], [2, 4]), 0.25);
  assert.equal(largestRelativeDifference([2], [2, 4]), NaN);
  assert.equal(largestRelativeDifference([], []), NaN);
  assert.equal(largestRelativeDifference([2, NaN], [2, 4]), NaN);
});

test('the rounds of a variant become one row', () => {
  const measured = rows([
    speed('graph', 900, 800),
    speed('pytorch', 500),
    speed('graph', 1000, 900),
    speed('pytorch', 700),
    speed('graph', 1400, 850),
    speed('pytorch', 600),
  ]);
  assert.deepEqual(measured, [
    {
      library: 'googlenet',
      variant: 'graph',
      precision: 'float32',
      work: 'step',
      batch: 256,
      device: 'CPU',
      imagesPerSecond: 1000,
      spread: 0.5,
      peakMemoryMiB: 850,
      rounds: 3,
    },
    {
      library: 'PyTorch',
      variant: 'channels_last',
      precision: 'float32',
      work: 'step',
      batch: 256,
      device: 'CPU',
      imagesPerSecond: 600,
      spread: 200 / 600,
      peakMemoryMiB: 1000,
      rounds: 3,
    },
  ]);
});

test('of the first calls the first round counts, when nothing is cached', () => {
  const [row] = rows([
    sample('pytorch-compile', 'step', 128, { imagesPerSecond: 1, firstCallSeconds: 60 }),
    sample('pytorch-compile', 'step', 128, { imagesPerSecond: 1, firstCallSeconds: 9 }),
  ]);
  assert.equal(row?.firstCallSeconds, 60);
});

test("an epoch's share of its steps' speed is the median of the processes'", () => {
  const [row] = rows([
    sample('graph', 'epoch', 256, { imagesPerSecond: 90, shareOfStep: 0.9 }),
    sample('graph', 'epoch', 256, { imagesPerSecond: 196, shareOfStep: 0.98 }),
    sample('graph', 'epoch', 256, { imagesPerSecond: 99, shareOfStep: 0.99 }),
  ]);
  assert.equal(row?.shareOfStep, 0.98);
});

test("the peer is PyTorch's fastest variant of the same precision, whichever it is", () => {
  const measured = rows([
    speed('eager', 400),
    speed('graph', 1200, 900),
    speed('graph-bfloat16', 2000),
    speed('pytorch-lecture', 500, 600),
    speed('pytorch', 750),
    speed('pytorch-compile', 800, 1200),
    speed('pytorch-bfloat16', 1000),
    speed('pytorch-bfloat16-compile', 950),
  ]);
  const inShort = ratios(measured).map(({ of, to, speed, memory }) => ({ of, to, speed, memory }));
  assert.deepEqual(inShort, [
    {
      of: 'graph float32',
      to: "PyTorch's fastest measured float32: channels_last, compile",
      speed: 1.5,
      memory: 0.75,
    },
    { of: 'graph float32', to: "PyTorch: the lecture's code", speed: 2.4, memory: 1.5 },
    { of: 'graph float32', to: 'googlenet: op by op', speed: 3, memory: 0.9 },
    {
      of: 'graph bfloat16',
      to: "PyTorch's fastest measured bfloat16: channels_last",
      speed: 2,
      memory: 1,
    },
  ]);
});

test('ratios keep batches apart, except where the batch is free', () => {
  const at = (work: Work, id: string, batch: number, imagesPerSecond: number) =>
    sample(id, work, batch, { imagesPerSecond });
  const speeds = (work: Work) =>
    ratios(
      rows([
        at(work, 'graph', 125, 3000),
        at(work, 'pytorch', 125, 2000),
        at(work, 'graph', 500, 2000),
        at(work, 'pytorch', 500, 2500),
      ]),
    ).map(({ batch, speed }) => [batch, speed]);
  assert.deepEqual(speeds('step'), [
    [125, 1.5],
    [500, 0.8],
  ]);
  assert.deepEqual(speeds('evaluation'), [[125, 1.2]]);
});

test('in inference ONNX Runtime is a peer of its own', () => {
  const measured = rows([
    sample('graph', 'inference', 1, { imagesPerSecond: 30 }),
    sample('pytorch-compile', 'inference', 1, { imagesPerSecond: 25 }),
    sample('onnxruntime', 'inference', 1, { imagesPerSecond: 40 }),
  ]);
  assert.deepEqual(
    ratios(measured).map(({ to, speed }) => [to, speed]),
    [
      ["PyTorch's fastest measured float32: channels_last, compile", 1.2],
      ['ONNX Runtime: onnxruntime-node', 0.75],
    ],
  );
});

test('between a CPU and a GPU there is no ratio', () => {
  const on = (device: string, id: string, imagesPerSecond: number) =>
    sample(id, 'evaluation', 125, { imagesPerSecond, device });
  const gpu = 'NVIDIA L4';
  const measured = [on('CPU', 'graph', 1000), on('CPU', 'eager', 500)];
  const found = ratios(rows([...measured, on(gpu, 'pytorch', 9000)]));
  assert.deepEqual(
    found.map(({ to, speed }) => [to, speed]),
    [['googlenet: op by op', 2]],
  );
  const [onGpus] = ratios(rows([on(gpu, 'graph', 9000), on(gpu, 'pytorch', 4500)]));
  assert.equal(onGpus?.speed, 2);
});

test('without a peer there are no ratios', () => {
  assert.deepEqual(ratios(rows([speed('graph', 100)])), []);
});

test('losses apart by more than rounding disagree; bfloat16 is shown without a limit', () => {
  const losses = (id: string, values: number[]) => sample(id, 'losses', 128, { losses: values });
  const found = agreements([
    losses('pytorch-lecture', [2.0001, 1]),
    losses('eager', [2, 1]),
    losses('graph', [2, 1.0001]),
    losses('graph-bfloat16', [2.1, 1]),
    losses('pytorch', [2, 1.001]),
  ]);
  assert.deepEqual(
    found.map((agreement) => [agreement.of.id, agreement.to.id, disagrees(agreement)]),
    [
      ['pytorch-lecture', 'eager', false],
      ['graph', 'eager', true],
      ['graph-bfloat16', 'eager', false],
      ['pytorch', 'eager', true],
    ],
  );
  assert.ok(Math.abs((found[2]?.relativeDifference ?? NaN) - 0.05) < 1e-9);
});

test('losses that are not numbers, or not there, disagree', () => {
  const found = agreements([
    sample('eager', 'losses', 128, { losses: [2, 1] }),
    sample('graph', 'losses', 128, { losses: [2, NaN] }),
    sample('pytorch', 'losses', 128, {}),
  ]);
  assert.deepEqual(found.map(disagrees), [true, true]);
});
