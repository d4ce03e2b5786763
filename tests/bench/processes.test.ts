import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import {
  findPyTorch,
  installPyTorch,
  largestRelativeDifference,
  launch,
  MeasurementError,
  measuringCommand,
  parseAnswer,
  variantEnvironment,
  VARIANTS,
  writeData,
  type Answer,
  type Variant,
} from 'googlenet/bench';

const directory = mkdtempSync(path.join(tmpdir(), 'bench tests '));
after(() => {
  rmSync(directory, { recursive: true, force: true });
});

const CLI = path.resolve('lib', 'dist', 'bench', 'cli.js');
const node = (script: string) => [process.execPath, '-e', script];

test('the answer is the last line, whatever a library printed before it', () => {
  const answer = parseAnswer('loading …\n{"peakMemoryMiB":1}\n{"peakMemoryMiB":2.5}\n');
  assert.equal(answer.peakMemoryMiB, 2.5);
  for (const output of ['', 'nonsense', '{"imagesPerSecond":3}', '{"peakMemoryMiB":2.5', 'null'])
    assert.throws(() => parseAnswer(output), MeasurementError, output);
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

test("the lecture's code starts as python starts it, PyTorch's own rows with huge pages", async () => {
  const variant = (id: string) => VARIANTS.find((candidate) => candidate.id === id) as Variant;
  process.env.GLIBC_TUNABLES = 'glibc.malloc.check=0';
  try {
    const lecture = await variantEnvironment(variant('pytorch-lecture'), directory);
    assert.equal(lecture.GLIBC_TUNABLES, undefined);
    assert.equal(lecture.THP_MEM_ALLOC_ENABLE, undefined);
    const own = await variantEnvironment(variant('pytorch'), directory);
    assert.match(own.GLIBC_TUNABLES ?? '', /glibc\.malloc\.hugetlb=1/);
    assert.equal(own.THP_MEM_ALLOC_ENABLE, '1');
  } finally {
    delete process.env.GLIBC_TUNABLES;
  }
});

test('one graph, op by op, and PyTorch where it is there, take the same first steps', async () => {
  const samples = 24;
  const byte = (_: unknown, index: number) => (index * 2654435761) % 251;
  const data = await writeData(
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
  for (const variant of VARIANTS.filter(({ id }) => ids.includes(id))) {
    const request = {
      work: 'losses' as const,
      batch: 8,
      samples,
      seconds: 1,
      seed: 80,
      learningRate: 1e-4,
      threads: availableParallelism(),
      data: data.files,
      ...variant.settings,
    };
    const environment = await variantEnvironment(variant, directory);
    answers.set(variant.id, await launch(measuringCommand(request, python), environment));
  }
  const expected = answers.get('eager')?.losses ?? [];
  assert.equal(expected.length, 3);
  for (const [id, { losses, peakMemoryMiB }] of answers) {
    const difference = largestRelativeDifference(expected, losses ?? []);
    assert.ok(difference <= (id === 'graph' ? 1e-5 : 1e-4), `${id}: ${difference}`);
    assert.ok(peakMemoryMiB > 50 && peakMemoryMiB < 8192, `${id}: ${peakMemoryMiB} MiB`);
  }
});

test('data that is too short for the work is named', async () => {
  const [variant] = VARIANTS;
  assert.ok(variant);
  const files = { images: path.join(directory, 'short'), labels: path.join(directory, 'short') };
  spawnSync('sh', ['-c', 'printf 123 > "$0"', files.images]);
  const request = {
    work: 'losses' as const,
    batch: 8,
    samples: 8,
    seconds: 1,
    seed: 80,
    learningRate: 1e-4,
    threads: availableParallelism(),
    data: files,
    ...variant.settings,
  };
  await assert.rejects(
    launch(measuringCommand(request, undefined), await variantEnvironment(variant, directory)),
    /short ends after 3 of 24576 bytes/,
  );
});

test('an installation that failed does not count as one, and can be repeated', async () => {
  const environment = path.join(directory, 'venv');
  const saved = process.env.GOOGLENET_BENCH_PYTHON;
  delete process.env.GOOGLENET_BENCH_PYTHON;
  try {
    const missing = ['--no-index', '--find-links', directory, 'no-such-package-of-the-benchmark'];
    await assert.rejects(installPyTorch(missing, environment), /could not be installed/);
    assert.equal(findPyTorch(environment), undefined);
    await installPyTorch(['--no-index', 'pip'], environment);
    assert.equal(findPyTorch(environment), path.join(environment, 'bin', 'python'));
  } finally {
    if (saved !== undefined) process.env.GOOGLENET_BENCH_PYTHON = saved;
  }
});

test('a results file that cannot be written is named before anything is measured', () => {
  const file = path.join(directory, 'missing', 'file');
  const args = [CLI, '--work', 'step', '--json', file];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.ok(stderr.includes(file), stderr);
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
