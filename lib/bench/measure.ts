/**
 * Answers one request of the benchmark for this library; as pytorch.py does for PyTorch.
 * Its only argument is the request, the last line of its output the answer, both as JSON.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { ResidentDataset, type ImageDataset } from '../data';
import { GoogLeNet } from '../nn';
import { manualSeed, randn, randperm } from '../random';
import { getDevice, tensorFlowVersion, tf } from '../runtime';
import { buildEvaluation, buildInference, buildTraining, type TrainingSteps } from './library';
import type { Answer, LibrarySettings, Request, Work } from './protocol';

type Measured = Omit<Answer, 'peakMemoryMiB' | 'device' | 'versions'>;

const MEASUREMENTS: Readonly<
  Record<Work, (request: Request, settings: LibrarySettings) => Promise<Measured>>
> = {
  losses: measureLosses,
  step: measureStep,
  epoch: measureEpoch,
  evaluation: measureEvaluation,
  inference: measureInference,
};

async function measureLosses(request: Request, settings: LibrarySettings): Promise<Measured> {
  const data = residentData(request);
  const training = newTraining(request, settings, data);
  const losses: number[] = [];
  for (let start = 0; start < request.samples; start += request.batch) {
    losses.push((await training.indexStep(range(start, start + request.batch))).loss);
  }
  return { losses };
}

async function measureStep(request: Request, settings: LibrarySettings): Promise<Measured> {
  const data = residentData(request);
  const training = newTraining(request, settings, data);
  const batch = range(0, request.batch);
  const images = data.images(batch);
  const labels = data.labels(batch);
  const step = () => training.step(images, labels);
  const firstCallSeconds = await timed(step);
  await step();
  const seconds = await repeat(step, request.seconds, 3);
  return { firstCallSeconds, imagesPerSecond: request.batch / seconds };
}

async function measureEpoch(request: Request, settings: LibrarySettings): Promise<Measured> {
  const data = residentData(request);
  const training = newTraining(request, settings, data);
  const { batch, samples } = request;
  const run = async (order: Int32Array) => {
    for (let start = 0; start < order.length; start += batch) {
      await training.indexStep(order.slice(start, start + batch));
    }
  };

  // The batch and, where there is one, the smaller last batch, before the clock runs.
  const fixed = range(0, batch);
  const images = data.images(fixed);
  const labels = data.labels(fixed);
  await training.step(images, labels);
  await run(range(0, batch + (samples % batch)));

  const steps = async () => {
    await training.step(images, labels); // The two compiled steps hand the weights over.
    return repeat(() => training.step(images, labels), request.seconds / 2, 2);
  };
  const before = await steps();
  const epoch = await timed(() => run(randperm(samples)));
  const after = await steps();
  return {
    imagesPerSecond: samples / epoch,
    stepImagesPerSecond: batch / ((before + after) / 2),
  };
}

async function measureEvaluation(request: Request, settings: LibrarySettings): Promise<Measured> {
  const data = residentData(request);
  manualSeed(request.seed);
  const evaluateBatch = buildEvaluation(new GoogLeNet(3, 'cifar10').model, settings, data);
  const evaluate = async () => {
    for (let start = 0; start < request.samples; start += request.batch) {
      await evaluateBatch(range(start, Math.min(start + request.batch, request.samples)));
    }
  };
  await evaluate();
  return { imagesPerSecond: request.samples / (await repeat(evaluate, request.seconds, 1)) };
}

async function measureInference(request: Request, settings: LibrarySettings): Promise<Measured> {
  manualSeed(request.seed);
  const infer = buildInference(new GoogLeNet(3, 'imagenet').model, settings);
  const images = randn([request.batch, 224, 224, 3]);
  const firstCallSeconds = await timed(() => infer(images));
  await infer(images);
  const seconds = await repeat(() => infer(images), request.seconds, 3);
  return { firstCallSeconds, imagesPerSecond: request.batch / seconds };
}

function newTraining(
  request: Request,
  settings: LibrarySettings,
  data: ResidentDataset,
): TrainingSteps {
  manualSeed(request.seed);
  return buildTraining(new GoogLeNet(3, 'cifar10').model, request.learningRate, settings, data);
}

/** The images that the request's work uses, on the device. */
function residentData({ data, samples }: Request): ResidentDataset {
  const imageShape = [32, 32, 3] as const;
  const dataset: ImageDataset = {
    id: 'benchmark',
    name: 'benchmark',
    split: 'train',
    classNames: [],
    images: readStart(data.images, samples * 32 * 32 * 3),
    labels: readStart(data.labels, samples),
    length: samples,
    imageShape,
  };
  return new ResidentDataset(dataset);
}

function readStart(file: string, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes);
  const descriptor = openSync(file, 'r');
  try {
    const read = readSync(descriptor, buffer);
    if (read !== bytes) throw new RangeError(`${file} ends after ${read} of ${bytes} bytes`);
  } finally {
    closeSync(descriptor);
  }
  return buffer;
}

function range(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, index) => start + index);
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return (performance.now() - start) / 1000;
}

/** Calls until `seconds` have passed; gives the mean seconds of a call. */
async function repeat(
  call: () => Promise<unknown>,
  seconds: number,
  atLeast: number,
): Promise<number> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let calls = 0;
  while (calls < atLeast || elapsed() < seconds) {
    await call();
    calls++;
  }
  return elapsed() / calls;
}

/** The most physical memory that this process has held. */
function peakMemoryMiB(): number {
  try {
    const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (line) return Number(line[1]) / 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? '') as Request;
  if (!request.library) throw new TypeError('the request is for another library');
  // TensorFlow takes all processors that the process may use.
  if (request.threads !== availableParallelism()) {
    throw new RangeError(`this process has ${availableParallelism()} threads to measure with`);
  }
  const measured = await MEASUREMENTS[request.work](request, request.library);
  const device = getDevice();
  const answer: Answer = {
    ...measured,
    peakMemoryMiB: peakMemoryMiB(),
    device: device.type === 'cuda' ? device.description : 'CPU',
    versions: {
      'TensorFlow.js': tf.version['tfjs-core'],
      TensorFlow: tensorFlowVersion() ?? 'none',
      'Node.js': process.versions.node,
    },
  };
  console.log(JSON.stringify(answer));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
