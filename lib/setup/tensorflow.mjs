// @ts-check
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';
import { ask, runLogged } from './run.mjs';
import { fingerprint } from './step.mjs';

const VERSION = '2.21.0';

/**
 * Where TensorFlow's C library comes from: the wheels of its Python package hold it, together with
 * its headers. Any Python can fetch them, since nothing in them is run.
 */
const WHEELS = {
  'linux-x64-cpu': {
    name: 'tensorflow-cpu',
    platform: 'manylinux_2_27_x86_64',
    sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  },
  'linux-x64-cuda': {
    name: 'tensorflow',
    platform: 'manylinux_2_27_x86_64',
    sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
  },
  'linux-arm64-cpu': {
    name: 'tensorflow',
    platform: 'manylinux_2_27_aarch64',
    sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
  },
  'darwin-arm64-cpu': {
    name: 'tensorflow',
    platform: 'macosx_12_0_arm64',
    sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
  },
};

/** @typedef {'cpu' | 'cuda'} Build */

/**
 * The build for this machine: CUDA's where an NVIDIA driver answers, unless GOOGLENET_TENSORFLOW
 * says otherwise.
 * @param {{ platform?: string, arch?: string, env?: NodeJS.ProcessEnv, ask?: typeof ask }} [machine]
 * @returns {Build}
 * @throws Problem if GOOGLENET_TENSORFLOW asks for what does not exist
 */
export function chooseBuild({
  platform = process.platform,
  arch = process.arch,
  env = process.env,
  ask: askProgram = ask,
} = {}) {
  const wanted = env.GOOGLENET_TENSORFLOW;
  const cudaExists = `${platform}-${arch}-cuda` in WHEELS;
  if (wanted === 'cuda' && !cudaExists)
    throw new Problem(
      'GOOGLENET_TENSORFLOW is cuda, but TensorFlow is built for CUDA on Linux with x86-64 only.',
    );
  if (wanted === 'cpu' || wanted === 'cuda') return wanted;
  if (wanted) throw new Problem(`GOOGLENET_TENSORFLOW is ${wanted}; it must be cpu or cuda.`);
  return cudaExists && askProgram('nvidia-smi', ['-L']) ? 'cuda' : 'cpu';
}

/**
 * The folder of a build. In it, as in the wheels, tensorflow/ stands beside nvidia/: so the library
 * finds CUDA by its own search path.
 * @param {Build} build
 */
export function tensorFlowDirectory(build) {
  return path.join(PATHS.runtime, `tensorflow-${VERSION}-${build}`);
}

/**
 * @param {Build} build
 * @returns {import('./step.mjs').Step}
 */
export function tensorFlow(build) {
  const directory = tensorFlowDirectory(build);
  const wheel =
    WHEELS[/** @type {keyof typeof WHEELS} */ (`${process.platform}-${process.arch}-${build}`)];
  const cudaLock = path.join(PATHS.locks, 'cuda.txt');
  return {
    name: 'TensorFlow',
    duration:
      build === 'cuda'
        ? 'CUDA build, 3 GB: several minutes'
        : 'CPU build, 270 MB: about half a minute',
    fingerprint: () => fingerprint(wheel.sha256, build === 'cuda' ? readFileSync(cudaLock) : ''),
    present: () => existsSync(directory),
    async make() {
      const wheels = path.join(PATHS.cache, 'wheels');
      rmSync(wheels, { recursive: true, force: true });
      mkdirSync(wheels, { recursive: true });
      const lock = path.join(wheels, 'lock.txt');
      writeFileSync(
        lock,
        `${wheel.name}==${VERSION} --hash=sha256:${wheel.sha256}\n${build === 'cuda' ? readFileSync(cudaLock, 'utf8') : ''}`,
      );
      await runLogged(
        'TensorFlow',
        PATHS.python,
        [
          '-m',
          'pip',
          'download',
          '--no-deps',
          '--require-hashes',
          '--no-cache-dir',
          '--only-binary=:all:',
          '--implementation',
          'cp',
          '--python-version',
          '3.12',
          ...platformTags(wheel.platform).flatMap((tag) => ['--platform', tag]),
          '-d',
          wheels,
          '-r',
          lock,
        ],
        {
          advice:
            'If the Python package index cannot be reached, check the network or the proxy settings.',
        },
      );
      await runLogged('TensorFlow unpacking', PATHS.python, [
        PATHS.unpackTensorFlow,
        wheels,
        directory,
      ]);
      rmSync(wheels, { recursive: true });
    },
  };
}

/**
 * The platforms whose wheels run on one of `tag`: pip takes a tag to the letter.
 * @param {string} tag
 */
function platformTags(tag) {
  const arch = tag.endsWith('x86_64') ? 'x86_64' : 'aarch64';
  return tag.startsWith('manylinux')
    ? ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux1'].map(
        (name) => `${name}_${arch}`,
      )
    : [tag];
}
