import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  checkWritable,
  clearPartials,
  lockDirectory,
  PROJECT_DIRECTORY,
  writeWhole,
} from '../files';
import { loadDataset, type ImageDataset } from '../data';
import { saveFigure, thousands } from '../plots';
import { emulatesBfloat16, nodeBackendInUse } from '../runtime';
import { duration, LECTURE_CONSTANTS, stopOnInterrupt } from '../training';
import { speedFigure } from './figure';
import { launch, MeasurementError, measuringCommand } from './launch';
import { plan, type Options, type Task } from './plan';
import { processEnvironment } from './processEnvironment';
import type { Answer, DataFiles, Request } from './protocol';
import { findPyTorch, installedSize, withoutSpaces } from './pytorch';
import { markdown, reportOf, type Report } from './report';
import { disagrees, type Sample } from './results';
import { defaultVariants, variantLabel, VARIANTS, type BenchmarkVariant } from './variants';

const OUTPUT = path.join(PROJECT_DIRECTORY, 'output', 'bench');
const RESULTS = path.join(OUTPUT, 'results.json');
/** What the measuring processes read and write. */
const TEMPORARY = path.join(PROJECT_DIRECTORY, '.cache', 'bench-data');
const LOSSES_STEPS = 10;

/** @throws Error if GOOGLENET_DEVICE asks for WebGPU: what is measured is TensorFlow's device */
export function refuseWebgpu(): void {
  if (process.env.GOOGLENET_DEVICE !== 'webgpu') return;
  throw new Error(
    "GOOGLENET_DEVICE is webgpu, but the benchmark and the report measure TensorFlow's device, the CPU or an NVIDIA GPU: unset it, or set it to cpu or cuda",
  );
}

/**
 * Measures, shows the report and writes it to output/bench. Sets the exit code where this library
 * failed, or its losses are not those of its peers.
 */
export async function benchmark(options: Options): Promise<void> {
  refuseWebgpu();
  const python = findPyTorch();
  if (python === undefined) {
    console.log(
      `PyTorch is not installed: this library is measured alone. To measure beside it: npm run bench -- --install-pytorch (${installedSize()})`,
    );
  }
  const variants = (options.variants ?? chosenByDefault()).filter(
    ({ library }) => library === 'googlenet' || python !== undefined,
  );
  if (variants.length === 0) return;

  const release = await lockDirectory(TEMPORARY, {
    taken:
      'another benchmark of this project is running; the two would slow each other: wait for it, or stop it',
  });
  // What was measured until then is still reported.
  const { signal: stop } = stopOnInterrupt();
  let scratch = TEMPORARY;
  try {
    await mkdir(OUTPUT, { recursive: true });
    await clearPartials(OUTPUT);
    await checkWritable(RESULTS);
    if (options.json !== undefined) await checkWritable(options.json);
    // A killed benchmark's is cleared away: its compiled code would make PyTorch's first call short.
    await rm(TEMPORARY, { recursive: true, force: true });
    await mkdir(TEMPORARY);
    // torch.compile's commands are split at the spaces of their paths.
    if (/\s/.test(TEMPORARY)) scratch = await mkdtemp('/tmp/googlenet-bench-');
    const linked = python && withoutSpaces(python, scratch);
    const report = await measureAll({ ...options, variants }, linked, scratch, stop);
    if (!report) {
      console.log('nothing was measured, and nothing is written');
      return;
    }
    console.log(`\n${markdown(report)}`);
    console.log(`written to ${path.relative(process.cwd(), OUTPUT) || '.'}`);
    if (report.agreements.some(disagrees)) {
      console.error('The losses of the same steps disagree: a wrong step has no speed.');
      process.exitCode = 1;
    }
  } finally {
    for (const folder of [scratch, TEMPORARY]) await rm(folder, { recursive: true, force: true });
    await release();
  }
}

function chosenByDefault(): readonly BenchmarkVariant[] {
  const emulated = emulatesBfloat16();
  if (emulated) {
    const leftOut = VARIANTS.filter(({ precision }) => precision === 'bfloat16');
    console.log(
      `bfloat16 is left out: this processor has no instructions for it and would emulate it many times slower (measure it all the same: --variant ${leftOut.map(({ id }) => id).join(',')})`,
    );
  }
  return defaultVariants(emulated);
}

/**
 * @param scratch a folder where measuring processes may leave files
 * @returns undefined where nothing was measured; then nothing has been written either
 */
async function measureAll(
  options: Options & { variants: readonly BenchmarkVariant[] },
  python: string | undefined,
  scratch: string,
  stop: AbortSignal,
): Promise<Report | undefined> {
  const train = await writeData(await loadDataset({ name: 'auto', split: 'train' }), TEMPORARY);
  const test = await writeData(await loadDataset({ name: 'auto', split: 'test' }), TEMPORARY);
  const measurements = plan(options, options.variants);
  const samples: Sample[] = [];
  const save = async () => {
    if (samples.length === 0) return undefined;
    const report = reportOf(samples, train.name);
    await write(report, options.json);
    return report;
  };
  const gpu = nodeBackendInUse()?.isUsingGpuDevice ?? false;
  const failed = new Set<string>();
  const started = Date.now();
  for (const [index, measurement] of measurements.entries()) {
    const { variant, work, batch, round, rounds } = measurement;
    // A benchmark that is stopped, or ends with the power, keeps what it has measured.
    if (round === 0 && variant === options.variants[0]) await save();
    const key = `${variant.id} ${work} ${batch}`;
    if (failed.has(key)) continue;
    const left = ((Date.now() - started) / index / 1000) * (measurements.length - index);
    const place = `${index + 1}/${measurements.length}${index === 0 ? '' : `, about ${duration(left)} left`}`;
    process.stdout.write(
      `[${place}] ${work}, batch ${thousands(batch)}, round ${round + 1} of ${rounds}: ${variantLabel(variant)} … `,
    );
    try {
      const command = measuringCommand(requestFor(measurement, options, train, test), python);
      const environment = processEnvironment(measurement, scratch, gpu);
      const answer = await launch(command, environment, stop);
      samples.push({ variant, work, batch, answer });
      console.log(inShort(answer));
    } catch (error) {
      if (!(error instanceof MeasurementError)) throw error;
      if (stop.aborted) break;
      failed.add(key);
      console.log(`failed: ${error.message}`);
      if (variant.library === 'googlenet') process.exitCode = 1;
    }
  }
  if (stop.aborted) {
    console.log('\nstopped: what was measured until then is reported');
    process.exitCode = 130;
  }
  return save();
}

/**
 * Writes a data set's bytes as they are into `directory`, where every measuring process reads them,
 * whatever language it is written in.
 */
export async function writeData(dataset: ImageDataset, directory: string) {
  const { name, split, length } = dataset;
  const fileOf = (part: keyof DataFiles) => path.join(directory, `${split}-${part}`);
  const files: DataFiles = { images: fileOf('images'), labels: fileOf('labels') };
  await writeFile(files.images, dataset.images);
  await writeFile(files.labels, dataset.labels);
  return { name, length, files };
}

type SharedData = Awaited<ReturnType<typeof writeData>>;

function requestFor(
  { variant, work, batch }: Task,
  { seconds, samples: epochSamples }: Options,
  train: SharedData,
  test: SharedData,
): Request {
  const samples = {
    losses: batch * LOSSES_STEPS,
    step: batch,
    epoch: epochSamples ?? train.length,
    evaluation: test.length,
    inference: 0,
  }[work];
  const data = work === 'evaluation' ? test : train;
  if (samples > data.length) {
    throw new MeasurementError(
      `${thousands(samples)} images are needed, ${data.name} was loaded with ${thousands(data.length)}`,
    );
  }
  if (work === 'epoch' && batch > samples) {
    throw new MeasurementError(
      `an epoch of ${thousands(samples)} images has no batch of ${thousands(batch)}: choose a smaller --batch, or more --samples`,
    );
  }
  const { seed, lr: learningRate } = LECTURE_CONSTANTS;
  const threads = os.availableParallelism();
  return { variant, work, batch, samples, seconds, seed, learningRate, threads, data: data.files };
}

async function write(report: Report, json: string | undefined): Promise<void> {
  if (json !== undefined) await writeWhole(json, asJson(report.rows));
  await writeWhole(RESULTS, asJson(report));
  await writeWhole(path.join(OUTPUT, 'results.md'), markdown(report));
  const figure = speedFigure(report);
  const picture = path.join(OUTPUT, 'training.png');
  if (figure) await saveFigure(figure, picture);
  // An earlier benchmark's does not belong to these results.
  else await rm(picture, { force: true });
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function inShort({ imagesPerSecond, losses, peakMemoryMiB }: Answer): string {
  const memory = `${thousands(peakMemoryMiB)} MiB`;
  if (imagesPerSecond !== undefined) return `${thousands(imagesPerSecond, 1)} images/s, ${memory}`;
  return `losses ${losses?.map((loss) => loss.toFixed(4)).join(' ') ?? 'missing'}`;
}
