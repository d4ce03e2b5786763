import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { emptyScratch, writeData } from '../../lib/dist/bench/benchmark';
import {
  exportCommand,
  launch,
  MeasurementError,
  measuringCommand,
} from '../../lib/dist/bench/launch';
import { hasOnnxRuntime } from '../../lib/dist/bench/onnxRuntime';
import { processEnvironment } from '../../lib/dist/bench/processEnvironment';
import type { Task } from '../../lib/dist/bench/plan';
import type { Answer } from '../../lib/dist/bench/protocol';
import { findPyTorch, PYTORCH_VERSION, withoutSpaces } from '../../lib/dist/bench/pytorch';
import { VARIANTS, type Variant } from '../../lib/dist/bench/variants';
import { assertWithin, largestRelativeDifference } from '../bounds/assertWithin';

const directory = mkdtempSync(path.join(tmpdir(), 'bench tests '));
after(() => {
  rmSync(directory, { recursive: true, force: true });
});

const CLI = path.resolve('lib', 'dist', 'bench', 'cli.js');
const variant = (id: string) => VARIANTS.find((candidate) => candidate.id === id) as Variant;
const environmentOf = (id: string, task: Partial<Task> = {}, gpu = false) =>
  processEnvironment({ variant: variant(id), work: 'step', batch: 128, ...task }, directory, gpu);
const node = (script: string) => [process.execPath, '-e', script];

test('the answer is the last line, whatever a library printed before it', async () => {
  const printing = (output: string) =>
    launch(node(`process.stdout.write(${JSON.stringify(output)})`), process.env);
  const answer = await printing('loading …\n{"peakMemoryMiB":1}\n{"peakMemoryMiB":2.5}\n');
  assert.equal(answer.peakMemoryMiB, 2.5);
  for (const output of ['', 'nonsense', '{"peakMemoryMiB":2.5', '{"losses":[NaN]}'])
    await assert.rejects(printing(output), MeasurementError, output);
});

test('a process that fails is reported with what it said last', async () => {
  await assert.rejects(
    launch(node("console.error('first\\nno memory for the batch'); process.exit(3)"), process.env),
    (error: unknown) =>
      error instanceof MeasurementError &&
      error.message === 'ended with exit code 3\nfirst\nno memory for the batch',
  );
  await assert.rejects(
    launch(node("process.kill(process.pid, 'SIGKILL')"), process.env),
    /SIGKILL.*memory/,
  );
  await assert.rejects(launch([path.join(directory, 'no such python')], process.env), /ENOENT/);
});

test('stopping ends the process under way', { timeout: 20_000 }, async () => {
  const controller = new AbortController();
  const pidFile = path.join(directory, 'pid');
  const started = setInterval(() => {
    if (existsSync(pidFile)) controller.abort();
  }, 50);
  await assert.rejects(
    launch(
      node(
        `fs.writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`,
      ),
      process.env,
      controller.signal,
    ),
    MeasurementError,
  );
  clearInterval(started);
  assert.throws(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0), { code: 'ESRCH' });
});

test("the lecture's code starts as python starts it, PyTorch's own rows with all threads and huge pages", () => {
  process.env.GLIBC_TUNABLES = 'glibc.malloc.check=0';
  try {
    const lecture = environmentOf('pytorch-lecture');
    assert.equal(lecture.GLIBC_TUNABLES, undefined);
    assert.equal(lecture.THP_MEM_ALLOC_ENABLE, undefined);
    assert.equal(lecture.OMP_NUM_THREADS, process.env.OMP_NUM_THREADS);
    const own = environmentOf('pytorch');
    assert.match(own.GLIBC_TUNABLES ?? '', /glibc\.malloc\.hugetlb=1/);
    assert.equal(own.THP_MEM_ALLOC_ENABLE, '1');
    assert.equal(own.OMP_NUM_THREADS, String(availableParallelism()));
  } finally {
    delete process.env.GLIBC_TUNABLES;
  }
});

test('ONNX Runtime starts as node starts it', () => {
  const saved = { ...process.env };
  process.env.NODE_OPTIONS = '--max-old-space-size=4096';
  process.env.GLIBC_TUNABLES = 'glibc.malloc.check=0';
  try {
    const environment = environmentOf('onnxruntime', { work: 'inference', batch: 1 });
    assert.equal(environment.NODE_OPTIONS, undefined);
    assert.equal(environment.GLIBC_TUNABLES, undefined);
    assert.equal(environment.OMP_NUM_THREADS, saved.OMP_NUM_THREADS);
  } finally {
    process.env = saved;
  }
});

test('ONNX Runtime, where it is there, infers with what PyTorch exports', async (t) => {
  const python = findPyTorch();
  if (python === undefined || !hasOnnxRuntime()) {
    t.skip('npm run bench -- --install-peers has not been called');
    return;
  }
  const request = {
    variant: variant('onnxruntime'),
    work: 'inference' as const,
    batch: 2,
    samples: 0,
    seconds: 0,
    seed: 80,
    learningRate: 1e-4,
    data: path.join(directory, 'network.onnx'),
  };
  const environment = processEnvironment(request, directory, false);
  await launch(exportCommand(request, request.data, python), environment);
  const answer = await launch(measuringCommand(request), environment);
  assert.ok((answer.imagesPerSecond ?? 0) > 0);
  assert.match(answer.versions['ONNX Runtime'] ?? '', /^\d+\.\d+/);
});

test('PyTorch stays on the CPU where this library does, and sees the same GPUs where not', () => {
  const before = process.env.CUDA_VISIBLE_DEVICES;
  process.env.CUDA_VISIBLE_DEVICES = '1';
  try {
    for (const { id } of VARIANTS.filter(({ library }) => library === 'PyTorch')) {
      const onCpu = environmentOf(id);
      assert.equal(onCpu.CUDA_VISIBLE_DEVICES, '-1', id);
      const onGpu = environmentOf(id, {}, true);
      assert.equal(onGpu.CUDA_VISIBLE_DEVICES, '1', id);
    }
  } finally {
    if (before === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = before;
  }
});

test('what torch.compile has made for one work and batch does not serve another', () => {
  const caches = new Set<string | undefined>();
  for (const work of ['losses', 'step'] as const) {
    for (const batch of [128, 256]) {
      const environment = environmentOf('pytorch-compile', { work, batch });
      assert.ok(environment.TORCHINDUCTOR_CACHE_DIR?.startsWith(directory));
      caches.add(environment.TORCHINDUCTOR_CACHE_DIR);
    }
  }
  assert.equal(caches.size, 4);
});

test('what is compiled lies in an empty folder whose path has no space', async () => {
  const here = mkdtempSync('/tmp/googlenet-bench-');
  writeFileSync(path.join(here, 'what a killed benchmark left'), '');
  assert.equal(await emptyScratch(here), here);
  const elsewhere = await emptyScratch(path.join(directory, 'bench-data'));
  assert.doesNotMatch(elsewhere, /\s/);
  for (const folder of [here, elsewhere]) {
    assert.deepEqual(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
  }
});

test('a Python in a folder whose path has a space gets one without, where it finds its packages', () => {
  const python = path.join(directory, 'own python', 'bin', 'python');
  symlinkSync(path.resolve('.venv'), path.join(directory, 'own python'));
  const links = mkdtempSync('/tmp/googlenet-bench-');
  try {
    const linked = withoutSpaces(python, links);
    assert.doesNotMatch(linked, /\s/);
    const { stdout, stderr } = spawnSync(linked, ['-c', 'import pip; print(pip.__file__)'], {
      encoding: 'utf8',
    });
    assert.ok(stdout.startsWith(links), stderr);
    assert.equal(withoutSpaces(linked, links), linked);
  } finally {
    rmSync(links, { recursive: true });
  }
});

test('one graph, op by op, and PyTorch where it is there, take the same first steps', async () => {
  const samples = 24;
  const byte = (_: unknown, index: number) => (index * 2654435761) % 251;
  const { data } = await writeData(
    {
      id: 'test',
      name: 'test',
      split: 'train',
      classNames: [],
      images: Uint8Array.from({ length: samples * 3072 }, byte),
      labels: Uint8Array.from({ length: samples }, (_, index) => index % 10),
      length: samples,
      imageShape: [32, 32, 3],
    },
    directory,
  );
  const python = findPyTorch();
  const ids = ['eager', 'graph', ...(python === undefined ? [] : ['pytorch-lecture', 'pytorch'])];
  const answers = new Map<string, Answer>();
  for (const measured of VARIANTS.filter(({ id }) => ids.includes(id))) {
    const request = {
      work: 'losses' as const,
      batch: 8,
      samples,
      seconds: 1,
      seed: 80,
      learningRate: 1e-4,
      data,
      variant: measured,
    };
    const environment = processEnvironment(request, directory, false);
    answers.set(measured.id, await launch(measuringCommand(request, python), environment));
  }
  const expected = answers.get('eager')?.losses ?? [];
  assert.equal(expected.length, 3);
  for (const [id, { losses, peakMemoryMiB }] of answers) {
    const difference = largestRelativeDifference(losses ?? [], expected);
    assertWithin(difference, id === 'graph' ? 1e-5 : 1e-4, `losses of ${id} and op by op`);
    assert.ok(peakMemoryMiB > 50 && peakMemoryMiB < 8192, `${id}: ${peakMemoryMiB} MiB`);
  }
});

test('an installation without PyTorch, or with another version, does not count', () => {
  const saved = process.env.GOOGLENET_BENCH_PYTHON;
  delete process.env.GOOGLENET_BENCH_PYTHON;
  try {
    const python = path.join(directory, 'venv', 'bin', 'python');
    const found = () => findPyTorch(python);
    assert.equal(found(), undefined);
    mkdirSync(path.dirname(python), { recursive: true });
    for (const [answer, expected] of [
      ['exit 1', undefined],
      ['echo 1.0', undefined],
      [`echo ${PYTORCH_VERSION}+cpu`, python],
      [`echo ${PYTORCH_VERSION}`, python],
    ] as const) {
      writeFileSync(python, `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
      assert.equal(found(), expected, answer);
    }
  } finally {
    if (saved !== undefined) process.env.GOOGLENET_BENCH_PYTHON = saved;
  }
});

test('a results file that cannot be written is named before anything is measured', () => {
  const folder = path.join(directory, 'a folder');
  mkdirSync(folder);
  for (const file of [path.join(directory, 'missing', 'file'), folder]) {
    const args = [CLI, '--work', 'step', '--json', file];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.ok(stderr.includes(`${file} could not be written`), stderr);
  }
});

test('an epoch that is smaller than its batch is refused, and a run that measured nothing leaves earlier results', () => {
  const file = path.join(directory, 'earlier.json');
  writeFileSync(file, 'earlier results');
  const results = () =>
    readdirSync(path.resolve('output', 'bench')).map((name) => {
      const { mtimeMs } = statSync(path.resolve('output', 'bench', name));
      return [name, mtimeMs];
    });
  mkdirSync(path.resolve('output', 'bench'), { recursive: true });
  const before = results();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      CLI,
      ...['--work', 'epoch', '--samples', '10', '--batch', '20', '--variant', 'graph'],
      ...['--json', file],
    ],
    { encoding: 'utf8' },
  );
  assert.equal(status, 1, stderr);
  assert.match(stdout, /an epoch of 10 images has no batch of 20: choose a smaller --batch/);
  assert.match(stdout, /nothing was measured, and nothing is written/);
  assert.equal(readFileSync(file, 'utf8'), 'earlier results');
  assert.deepEqual(results(), before);
});

test('benchmark and report refuse WebGPU in one sentence', () => {
  for (const script of [CLI, path.resolve('lib', 'dist', 'report', 'cli.js')]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      encoding: 'utf8',
      env: { ...process.env, GOOGLENET_DEVICE: 'webgpu' },
    });
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^GOOGLENET_DEVICE is webgpu, but .*unset it, or set it to cpu or cuda\n$/,
    );
  }
});

test('a Python without PyTorch is refused by name', () => {
  const benchmarks = () => readdirSync('.cache').filter((name) => name.startsWith('bench-'));
  const before = benchmarks();
  const { status, stderr } = spawnSync(process.execPath, [CLI, '--work', 'step'], {
    encoding: 'utf8',
    env: { ...process.env, GOOGLENET_BENCH_PYTHON: process.execPath },
  });
  assert.equal(status, 1);
  assert.match(stderr, /GOOGLENET_BENCH_PYTHON.*no Python with PyTorch/);
  assert.deepEqual(benchmarks(), before);
});
