/**
 * Answers one request of the benchmark for this library; as pytorch.py does for PyTorch.
 * Its only argument is the request, the last line of its output the answer, both as JSON.
 */
import { openSync, readSync } from 'node:fs';
import { DataLoader, ResidentDataset, type ImageDataset } from '../data';
import { compile, type CompileOptions } from '../graph';
import { adam, GoogLeNet, type GoogLeNetForm } from '../nn';
import { manualSeed, randn } from '../random';
import { getDevice, programVersions, type tf } from '../runtime';
import { batchStep, evaluator, Pace, trainEpoch } from '../training';
import { measureCalls, peakMemoryMiB, repeat } from './calls';
import type { Work } from './plan';
import type { Answer, Request } from './protocol';

type Measured = Omit<Answer, 'peakMemoryMiB' | 'device' | 'versions'>;

const MEASUREMENTS: Readonly<
  Record<Work, (request: Request, options: CompileOptions) => Promise<Measured>>
> = {
  async losses(request, options) {
    const train = training(request, options);
    const losses: number[] = [];
    for (const batch of batchesOf(request)) losses.push(await train([batch]));
    return { losses };
  },

  step(request, options) {
    const train = training(request, options);
    const batches = batchesOf(request);
    return measureCalls(() => train(batches), request);
  },

  async epoch(request, options) {
    const { batch, samples, seconds } = request;
    const train = training(request, options);
    const inOrder = batchesOf(request);
    const first = inOrder.slice(0, 1);
    // Every size of batch before the clock runs: the last may be smaller.
    await train([...first, ...inOrder.slice(-1)]);
    const steps = () => repeat(() => train(first), seconds / 2, 2);
    const before = await steps();
    const loader = new DataLoader({ length: samples }, { batchSize: batch, shuffle: true });
    const imagesPerSecond = samples / (await repeat(() => train(loader.batches())));
    const step = (before + (await steps())) / 2;
    return { imagesPerSecond, shareOfStep: imagesPerSecond / (batch / step) };
  },

  async evaluation(request, options) {
    const { batch: batchSize, samples, seconds } = request;
    const network = newNetwork(request, 'cifar10');
    const evaluation = evaluator(network, readData(request), { batchSize, ...options });
    await evaluation.run();
    return { imagesPerSecond: samples / (await repeat(() => evaluation.run(), seconds)) };
  },

  inference(request, options) {
    const network = newNetwork(request, 'imagenet');
    const images = randn([request.batch, 224, 224, 3]);
    const forward = compile((x: tf.Tensor4D) => network.forward(x), { ...options, freeze: true });
    return measureCalls(async () => {
      const logits = await forward(images);
      await logits.data();
      logits.dispose();
    }, request);
  },
};

function newNetwork({ seed }: Request, form: GoogLeNetForm): GoogLeNet {
  manualSeed(seed);
  return new GoogLeNet(3, form);
}

/** Training of a new network: a function that trains it on batches and gives their mean loss. */
function training(request: Request, options: CompileOptions) {
  const data = new ResidentDataset(readData(request));
  const { model } = newNetwork(request, 'cifar10');
  const step = batchStep(model, adam(request.learningRate), data, options);
  return async (batches: readonly Int32Array[]): Promise<number> => {
    const metrics = await trainEpoch(step, {
      epoch: 0,
      epochs: 1,
      batches: batches.map((indices) => ({ indices })),
      pace: new Pace(NaN),
      listener: {},
      stop: new AbortController().signal,
    });
    return metrics?.loss ?? NaN;
  };
}

/** The indices of the images that the request's work uses, batch by batch, in their order. */
function batchesOf({ samples, batch }: Request): Int32Array[] {
  return new DataLoader({ length: samples }, { batchSize: batch, shuffle: false }).batches();
}

/** The images that the request's work uses. */
function readData({ data, samples }: Request): ImageDataset {
  return {
    id: 'benchmark',
    name: 'benchmark',
    split: 'train',
    classNames: Array.from('0123456789'),
    images: readStart(`${data}-images`, samples * 32 * 32 * 3),
    labels: readStart(`${data}-labels`, samples),
    length: samples,
    imageShape: [32, 32, 3],
  };
}

function readStart(file: string, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes);
  // Closed with the process, which ends soon.
  readSync(openSync(file, 'r'), buffer);
  return buffer;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? '') as Request;
  const { variant, work } = request;
  if (variant.library !== 'googlenet') throw new TypeError('the request is for another library');
  const { execution, precision } = variant;
  const measured = await MEASUREMENTS[work](request, { execution, precision });
  const { type, description } = getDevice();
  const answer: Answer = {
    ...measured,
    peakMemoryMiB: peakMemoryMiB(),
    device: type === 'cuda' ? description : 'CPU',
    versions: programVersions(),
  };
  console.log(JSON.stringify(answer));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
