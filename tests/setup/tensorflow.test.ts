import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { compilerArguments } from '../../lib/setup/addon.mjs';
import { PATHS } from '../../lib/setup/paths.mjs';
import { ask } from '../../lib/setup/programs.mjs';
import { chooseBuild, folderSize, whyOnlyCpu } from '../../lib/setup/tensorflow.mjs';
import { cudaProblem, gpuProblem, libraryProblem, nvidiaGpus } from '../../lib/setup/gpu.mjs';
import { machine } from './machine.js';

const withDriver = (version: string) => ({
  ...machine({}),
  env: {},
  ask: (command: string) => (command === 'nvidia-smi' ? `NVIDIA L4, ${version}, 22000` : undefined),
});
const withGpu = withDriver('550.54.15');
const withoutGpu = { ...machine({}), env: {} };

test('an NVIDIA driver that runs CUDA 12 brings the CUDA build, an older one or none the CPU build', () => {
  assert.equal(chooseBuild(withGpu), 'cuda');
  assert.equal(chooseBuild(withDriver('525.60.13')), 'cuda');
  assert.equal(chooseBuild(withDriver('470.82.01')), 'cpu');
  assert.equal(chooseBuild(withoutGpu), 'cpu');
});

test('a program named nvidia-smi on the path is what is asked', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'a driver '));
  const before = process.env.PATH;
  try {
    const program = path.join(folder, 'nvidia-smi');
    process.env.PATH = `${folder}${path.delimiter}${before ?? ''}`;
    writeFileSync(program, '#!/bin/sh\necho "NVIDIA L4, 550.54.15, 22000"\n', { mode: 0o755 });
    assert.equal(chooseBuild({ ...withGpu, ask }), 'cuda');
    writeFileSync(program, '#!/bin/sh\necho "cannot talk to the driver" >&2\nexit 9\n');
    assert.equal(chooseBuild({ ...withGpu, ask }), 'cpu');
  } finally {
    process.env.PATH = before;
    rmSync(folder, { recursive: true });
  }
});

test('GOOGLENET_TENSORFLOW overrides what is found', () => {
  assert.equal(chooseBuild({ ...withGpu, env: { GOOGLENET_TENSORFLOW: 'cpu' } }), 'cpu');
  assert.equal(chooseBuild({ ...withoutGpu, env: { GOOGLENET_TENSORFLOW: 'cuda' } }), 'cuda');
  assert.throws(
    () => chooseBuild({ ...withGpu, env: { GOOGLENET_TENSORFLOW: 'gpu' } }),
    /GOOGLENET_TENSORFLOW is gpu; it must be cpu or cuda/,
  );
});

test('where there is no CUDA build, a GPU does not bring it, and asking for it is refused', () => {
  const arm = { ...withGpu, arch: 'arm64' };
  assert.equal(chooseBuild(arm), 'cpu');
  assert.throws(
    () => chooseBuild({ ...arm, env: { GOOGLENET_TENSORFLOW: 'cuda' } }),
    /x86-64 only/,
  );
});

test('a GPU stays unused on purpose where no CUDA build exists, or the CPU build is asked for', () => {
  assert.equal(whyOnlyCpu(withGpu), undefined);
  assert.match(whyOnlyCpu({ ...withGpu, arch: 'arm64' }) ?? '', /no CUDA build for this system/);
  const chosen = { ...withGpu, env: { GOOGLENET_TENSORFLOW: 'cpu' } };
  assert.equal(whyOnlyCpu(chosen), 'GOOGLENET_TENSORFLOW is cpu');
});

test('a download has a size while its folder is there, and none when pip has removed it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'a download '));
  writeFileSync(path.join(folder, 'wheel'), 'twelve bytes');
  assert.equal(folderSize(folder), 12);
  rmSync(folder, { recursive: true });
  assert.equal(folderSize(folder), undefined);
});

test('of a wheel the libraries in use are unpacked, whole or not at all', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'a few wheels '));
  try {
    const kept = [
      'nvidia/cublas/lib/libcublas.so.12',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cusolver/lib/libcusolver.so.11',
      'tensorflow/include/tensorflow/c/c_api.h',
      'tensorflow/libtensorflow_cc.so.2',
    ];
    const left = [
      'nvidia/cublas/lib/libnvblas.so.12',
      'nvidia/cuda_nvrtc/lib/libnvrtc.alt.so.12',
      'nvidia/cusolver/lib/libcusolverMg.so.11',
      'tensorflow/python/_pywrap_tensorflow.so',
    ];
    const wheels = path.join(folder, 'wheels');
    mkdirSync(wheels);
    const write = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name in sys.argv[2:]: wheel.writestr(name, name)`;
    execFileSync(PATHS.python, ['-c', write, path.join(wheels, 'all.whl'), ...kept, ...left]);
    const unpacked = path.join(folder, 'unpacked');
    execFileSync(PATHS.python, [PATHS.unpackTensorFlow, wheels, unpacked]);
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(unpacked, path.join(entry.parentPath, entry.name)));
    assert.deepEqual(files.sort(), kept);
    // Of the folders that TensorFlow's framework library searches none is the solver's own.
    const solver = path.join(unpacked, 'nvidia', 'cusparse', 'lib', 'libcusolver.so.11');
    assert.equal(readFileSync(solver, 'utf8'), 'nvidia/cusolver/lib/libcusolver.so.11');

    writeFileSync(path.join(wheels, 'broken.whl'), 'PK');
    const other = path.join(folder, 'other');
    assert.throws(() =>
      execFileSync(PATHS.python, [PATHS.unpackTensorFlow, wheels, other], { stdio: 'pipe' }),
    );
    assert.equal(existsSync(other), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every CUDA library is pinned by version and hash, and no registry is named', () => {
  for (const file of [PATHS.cudaLock, PATHS.jupyterLock]) {
    const lock = readFileSync(file, 'utf8');
    assert.doesNotMatch(lock, /https?:|--index|--find-links/);
    for (const requirement of lock.split(/^(?=[a-z])/im).filter((part) => !part.startsWith('#')))
      assert.match(requirement, /^[\w.-]+==\S+.*\\\n( +--hash=sha256:[0-9a-f]{64}.*\n)+$/);
  }
});

test('the addon finds TensorFlow by a path relative to itself, also with spaces', () => {
  const tensorflow = '/a folder/.runtime/tensorflow';
  const output = '/a folder/node_modules/addon.node';
  const linux = compilerArguments(tensorflow, ['a.cc'], output, 'linux');
  assert.ok(linux.includes('-Wl,-rpath,$ORIGIN/../.runtime/tensorflow'));
  assert.ok(linux.includes('/a folder/.runtime/tensorflow/libtensorflow_cc.so.2'));
  const mac = compilerArguments(tensorflow, ['a.cc'], output, 'darwin');
  assert.ok(mac.includes('-Wl,-rpath,@loader_path/../.runtime/tensorflow'));
  assert.ok(mac.includes('/a folder/.runtime/tensorflow/libtensorflow_cc.2.dylib'));
});

const gpu = { name: 'NVIDIA L4', driver: '550.54.15', freeMemory: 22_000 };

test('what nvidia-smi prints is read', () => {
  const gpus = nvidiaGpus(() => 'NVIDIA L4, 550.54.15, 22000\nNVIDIA L4, 550.54.15, 300');
  assert.deepEqual(gpus, [gpu, { ...gpu, freeMemory: 300 }]);
  assert.deepEqual(
    nvidiaGpus(() => undefined),
    [],
  );
});

test('each way a GPU can stay unused has a sentence with its remedy', () => {
  const good: Parameters<typeof gpuProblem>[0] = {
    gpus: [gpu],
    cardPresent: true,
    build: 'cuda',
    onlyCpu: false,
  };
  assert.equal(gpuProblem(good), undefined);
  assert.equal(gpuProblem({ ...good, gpus: [], cardPresent: false, build: 'cpu' }), undefined);
  const ways: [change: Partial<typeof good>, sentence: RegExp][] = [
    [{ gpus: [] }, /driver does not answer: install it/],
    [{ gpus: [], cardPresent: false }, /no NVIDIA driver answers: install the driver/],
    [
      { gpus: [{ ...gpu, driver: '470.82.01' }], build: 'cpu' },
      /470\.82\.01 is too old.*525.*npm start/,
    ],
    [{ gpus: [{ ...gpu, freeMemory: 12 }] }, /12 MiB of memory left: end the programs/],
  ];
  for (const [change, sentence] of ways) {
    assert.match(gpuProblem({ ...good, ...change }) ?? '', sentence);
    const onPurpose = gpuProblem({ ...good, ...change, build: 'cpu', onlyCpu: true });
    assert.equal(onPurpose, undefined, 'nothing can be done about it, or nothing is to be done');
  }
});

test("TensorFlow's own words about CUDA become a sentence with its remedy", () => {
  assert.match(
    cudaProblem("W Could not load dynamic library 'libcudnn.so.9'; dlerror: no such file") ?? '',
    /libcudnn\.so\.9 cannot be loaded: .*npm start/,
  );
  assert.match(
    cudaProblem('E failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error') ?? '',
    /refuses to start CUDA \(CUDA_ERROR_UNKNOWN: unknown error\)/,
  );
  assert.match(
    cudaProblem('E failed call to cuInit: INTERNAL: CUDA error: UNKNOWN ERROR (303)') ?? '',
    /libcuda\.so\.1/,
  );
  assert.match(
    cudaProblem('I Could not find cuda drivers on your machine') ?? '',
    /libcuda\.so\.1/,
  );
  assert.equal(cudaProblem('oneDNN custom operations are on'), undefined);
});

test("a library of CUDA's that is gone is named, with the remedy", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cuda libraries '));
  try {
    const all = libraryProblem(folder) ?? '';
    assert.match(all, /libcublas\.so\.12.*libcudnn\.so\.9.*delete \.runtime and run npm start/);
    const names = all.match(/lib\w+\.so\.\d+/g) ?? [];
    for (const name of names) {
      const library = name.replace(/^lib|(Lt)?\.so.*/g, '');
      const part =
        { cudart: 'cuda_runtime', cupti: 'cuda_cupti', cusolver: 'cusparse' }[library] ?? library;
      mkdirSync(path.join(folder, 'nvidia', part, 'lib'), { recursive: true });
      writeFileSync(path.join(folder, 'nvidia', part, 'lib', name), '');
    }
    assert.equal(libraryProblem(folder), undefined);
    rmSync(path.join(folder, 'nvidia', 'cudnn', 'lib', 'libcudnn.so.9'));
    assert.equal(
      libraryProblem(folder),
      "Of CUDA's libraries libcudnn.so.9 cannot be loaded: delete .runtime and run npm start.",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
