/**
 * Answers one request of the benchmark for this library; as pytorch.py does for PyTorch.
 * Its only argument is the request, the last line of its output the answer, both as JSON.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { DataLoader, ResidentDataset, type ImageDataset } from '../data';
import { compile, type CompileOptions } from '../graph';
import { adam, GoogLeNet, type GoogLeNetForm } from '../nn';
import { manualSeed, randn } from '../random';
import { getDevice, programVersions, tf } from '../runtime';
import {
  batchStep,
  evaluator,
  Pace,
  trainEpoch,
  trainStep,
  type EpochMetrics,
  type StepResult,
} from '../training';
import type { Work } from './plan';
import type { Answer, Request } from './protocol';

type Measured = Omit<Answer, 'peakMemoryMiB' | 'device' | 'versions'>;

const MEASUREMENTS: Readonly<
  Record<Work, (request: Request, options: CompileOptions) => Promise<Measured>>
> = {
  async losses(request, options) {
    const { indexStep } = newTraining(request, options);
    const losses: number[] = [];
    for (const indices of inOrder(request.samples, request.batch)) {
      losses.push(await read(await indexStep({ indices })));
    }
    return { losses };
  },

  step: (request, options) => measureCalls(newTraining(request, options).step, request),

  async epoch(request, options) {
    const { batch, samples, seconds } = request;
    const { step, indexStep } = newTraining(request, options);
    const shuffled = new DataLoader({ length: samples }, { batchSize: batch, shuffle: true });

    // The batch and, where there is one, the smaller last batch, before the clock runs.
    await step();
    await trainOnce(indexStep, inOrder(batch + (samples % batch), batch));

    const steps = async () => {
      await step(); // The two compiled steps hand the weights over.
      return repeat(step, seconds / 2, 2);
    };
    const before = await steps();
    const epoch = await repeat(() => trainOnce(indexStep, shuffled.batches()));
    const after = await steps();
    return {
      imagesPerSecond: samples / epoch,
      stepImagesPerSecond: batch / ((before + after) / 2),
    };
  },

  async evaluation(request, options) {
    const evaluation = evaluator(newNetwork(request, 'cifar10'), readData(request), {
      batchSize: request.batch,
      ...options,
    });
    await evaluation.run();
    const seconds = await repeat(() => evaluation.run(), request.seconds);
    return { imagesPerSecond: request.samples / seconds };
  },

  async inference(request, options) {
    const network = newNetwork(request, 'imagenet');
    const images = randn([request.batch, 224, 224, 3]);
    const forward = compile((x: tf.Tensor4D) => network.forward(x), options);
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

/** Training of a new network as `train()` does it. */
function newTraining(request: Request, options: CompileOptions) {
  const data = new ResidentDataset(readData(request));
  const { model } = newNetwork(request, 'cifar10');
  const optimizer = adam(request.learningRate);
  const first = Int32Array.from({ length: request.batch }, (_, index) => index);
  const [images, labels] = [data.images(first), data.labels(first)];
  const step = compile(
    (x: tf.Tensor4D, y: tf.Tensor1D) => trainStep(model, optimizer, x, y),
    options,
  );
  return {
    /** On the first batch, which is on the device already. */
    step: async () => read(await step(images, labels)),
    /** On the images with these indices: gathered, scaled, then as `step`. */
    indexStep: batchStep(model, optimizer, data, options),
  };
}

function trainOnce(
  step: ReturnType<typeof batchStep>,
  batches: Int32Array[],
): Promise<EpochMetrics | undefined> {
  const stop = new AbortController().signal;
  const pace = new Pace(NaN);
  return trainEpoch(step, {
    epoch: 0,
    epochs: 1,
    batches: batches.map((indices) => ({ indices })),
    pace,
    listener: {},
    stop,
  });
}

/** The indices of the first images, batch by batch. */
function inOrder(length: number, batchSize: number): Int32Array[] {
  return new DataLoader({ length }, { batchSize, shuffle: false }).batches();
}

/** The loss; waits for all that a step gives. */
async function read({ loss, correct }: StepResult): Promise<number> {
  const [[value = NaN]] = await Promise.all([loss.data(), correct.data()]);
  tf.dispose([loss, correct]);
  return value;
}

/** The images that the request's work uses. */
function readData({ data, samples }: Request): ImageDataset {
  return {
    id: 'benchmark',
    name: 'benchmark',
    split: 'train',
    classNames: Array.from('0123456789'),
    images: readStart(data.images, samples * 32 * 32 * 3),
    labels: readStart(data.labels, samples),
    length: samples,
    imageShape: [32, 32, 3],
  };
}

function readStart(file: string, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes);
  // Closed with the process, which ends soon.
  const read = readSync(openSync(file, 'r'), buffer);
  if (read !== bytes) throw new RangeError(`${file} ends after ${read} of ${bytes} bytes`);
  return buffer;
}

/** The first call apart, then, after one more, calls for as long as is asked for. */
async function measureCalls(
  call: () => Promise<unknown>,
  { batch, seconds }: Request,
): Promise<Measured> {
  const firstCallSeconds = await repeat(call);
  await call();
  return { firstCallSeconds, imagesPerSecond: batch / (await repeat(call, seconds, 3)) };
}

/** Calls until `seconds` have passed, or once; gives the mean seconds of a call. */
async function repeat(call: () => Promise<unknown>, seconds = 0, atLeast = 1): Promise<number> {
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
  // On Linux resourceUsage begins with what the parent process held.
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? '') as Request;
  const { variant, work, threads } = request;
  if (variant.library !== 'googlenet') throw new TypeError('the request is for another library');
  // TensorFlow takes all processors that the process may use.
  if (threads !== availableParallelism()) {
    throw new RangeError(`this process has ${availableParallelism()} threads to measure with`);
  }
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
