import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { loadDataset, type ImageDataset } from '../data';
import { checkWritable, lockDirectory, PROJECT_DIRECTORY, writeWhole } from '../files';
import { saveFigure, thousands } from '../plots';
import { emulatesBfloat16, INTERRUPTED, nodeBackendInUse, stopOnInterrupt } from '../runtime';
import { duration, LECTURE_CONSTANTS } from '../training';
import { speedFigure } from './figure';
import { exportCommand, launch, MeasurementError, measuringCommand } from './launch';
import { hasOnnxRuntime } from './onnxRuntime';
import { plan, type Measurement, type Options, type Task } from './plan';
import { processEnvironment } from './processEnvironment';
import type { Answer, Request } from './protocol';
import { findPyTorch, INSTALLED_SIZE, withoutSpaces } from './pytorch';
import { markdown, reportOf, type Report } from './report';
import { disagrees, type Sample } from './results';
import { usualVariants, variantLabel, type Variant } from './variants';

const OUTPUT = path.join(PROJECT_DIRECTORY, 'output', 'bench');
const RESULTS = path.join(OUTPUT, 'results.json');
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
  const missing = [
    ...(python === undefined ? ['PyTorch'] : []),
    ...(hasOnnxRuntime() ? [] : ['ONNX Runtime']),
  ];
  if (missing.length > 0) {
    console.log(
      `Not installed, and so not measured: ${missing.join(', ')}. To measure beside it: npm run bench -- --install-peers (${INSTALLED_SIZE})`,
    );
  }
  const gpu = nodeBackendInUse()?.isUsingGpuDevice ?? false;
  const isThere = {
    googlenet: true,
    PyTorch: python !== undefined,
    // PyTorch writes its networks; it is measured on the CPU alone.
    'ONNX Runtime': python !== undefined && hasOnnxRuntime() && !gpu,
  };
  const variants = (options.variants ?? chosenByDefault()).filter(
    ({ library }) => isThere[library],
  );
  if (variants.length === 0) return;

  const release = await lockDirectory(OUTPUT, {
    taken:
      'another benchmark of this project is running; the two would slow each other: wait for it, or stop it',
  });
  const scratch = await emptyScratch();
  // What was measured until then is still reported.
  const { signal: stop } = stopOnInterrupt();
  try {
    await mkdir(OUTPUT, { recursive: true });
    await checkWritable(RESULTS);
    if (options.json !== undefined) await checkWritable(options.json);
    const train = await writeData(await loadDataset({ name: 'auto', split: 'train' }), scratch);
    const test = await writeData(await loadDataset({ name: 'auto', split: 'test' }), scratch);
    const linked = python && withoutSpaces(python, scratch);
    const measure = async (task: Task) => {
      const request = requestFor(task, options, task.work === 'evaluation' ? test : train);
      const environment = processEnvironment(task, scratch, gpu);
      if (linked !== undefined && task.variant.library === 'ONNX Runtime') {
        request.data = path.join(scratch, `imagenet-${task.batch}.onnx`);
        if (!existsSync(request.data))
          await launch(exportCommand(request, request.data, linked), environment, stop);
      }
      return launch(measuringCommand(request, linked), environment, stop);
    };
    let report: Report | undefined;
    for await (const samples of measureAll(plan(options, variants), measure, stop)) {
      report = reportOf(samples, train.name);
      await write(report, options.json);
    }
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
    await rm(scratch, { recursive: true, force: true });
    await release();
  }
}

function chosenByDefault(): readonly Variant[] {
  const emulated = emulatesBfloat16();
  if (emulated) {
    console.log(
      'bfloat16 is left out: this processor has no instructions for it and would emulate it many times slower (measure it all the same: --variant graph,graph-bfloat16)',
    );
  }
  return usualVariants(emulated);
}

/**
 * A folder where the measuring processes read the data sets and leave their files: `folder`, emptied,
 * or where its path has a space, at which torch.compile's commands are split, one without.
 */
export async function emptyScratch(
  folder = path.join(PROJECT_DIRECTORY, '.cache', 'bench-data'),
): Promise<string> {
  if (/\s/.test(folder)) return mkdtemp('/tmp/googlenet-bench-');
  // What a killed benchmark had compiled would make PyTorch's first call short.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Gives all that was measured until then before each further work and batch, so that a benchmark
 * that ends with the power keeps it, and at the end; nothing where nothing was measured.
 */
async function* measureAll(
  measurements: readonly Measurement[],
  measure: (task: Task) => Promise<Answer>,
  stop: AbortSignal,
): AsyncGenerator<readonly Sample[]> {
  const samples: Sample[] = [];
  const failed = new Set<string>();
  const started = Date.now();
  for (const [index, { variant, work, batch, round, rounds }] of measurements.entries()) {
    const isNewWork = round === 0 && variant === measurements[0]?.variant;
    if (isNewWork && samples.length > 0) yield samples;
    const key = `${variant.id} ${work} ${batch}`;
    if (failed.has(key)) continue;
    const left = ((Date.now() - started) / index / 1000) * (measurements.length - index);
    const place = `${index + 1}/${measurements.length}${index === 0 ? '' : `, about ${duration(left)} left`}`;
    process.stdout.write(
      `[${place}] ${work}, batch ${thousands(batch)}, round ${round + 1} of ${rounds}: ${variantLabel(variant)} … `,
    );
    try {
      const answer = await measure({ variant, work, batch });
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
    process.exitCode = INTERRUPTED;
  }
  if (samples.length > 0) yield samples;
}

function inShort({ imagesPerSecond, losses, peakMemoryMiB }: Answer): string {
  const memory = `${thousands(peakMemoryMiB)} MiB`;
  if (imagesPerSecond !== undefined) return `${thousands(imagesPerSecond, 1)} images/s, ${memory}`;
  return `losses ${losses?.map((loss) => loss.toFixed(4)).join(' ') ?? 'missing'}`;
}

/**
 * Writes a data set's bytes as they are into `directory`, where every measuring process reads them,
 * whatever language it is written in.
 */
export async function writeData(dataset: ImageDataset, directory: string) {
  const { name, split, length, images, labels } = dataset;
  const data = path.join(directory, split);
  await writeFile(`${data}-images`, images);
  await writeFile(`${data}-labels`, labels);
  return { name, length, data };
}

function requestFor(
  { variant, work, batch }: Task,
  options: Options,
  { name, length, data }: Awaited<ReturnType<typeof writeData>>,
): Request {
  const samples = {
    losses: batch * LOSSES_STEPS,
    step: batch,
    epoch: options.samples ?? length,
    evaluation: length,
    inference: 0,
  }[work];
  if (samples > length) {
    throw new MeasurementError(
      `${thousands(samples)} images are needed, ${name} was loaded with ${thousands(length)}`,
    );
  }
  if (work === 'epoch' && batch > samples) {
    throw new MeasurementError(
      `an epoch of ${thousands(samples)} images has no batch of ${thousands(batch)}: choose a smaller --batch, or more --samples`,
    );
  }
  const { seed, lr: learningRate } = LECTURE_CONSTANTS;
  return { variant, work, batch, samples, seconds: options.seconds, seed, learningRate, data };
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
