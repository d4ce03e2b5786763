// @ts-check
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import { nvidiaGpus, runsCuda } from './gpu.mjs';
import { PATHS } from './paths.mjs';
import { Problem } from './problem.mjs';
import { ask, runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';

export const VERSION = '2.21.0';

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

/** What a build takes on the disk while it is unpacked, in bytes. */
export const SIZE = { cpu: 1.2e9, cuda: 9.2e9 };

/** @typedef {'cpu' | 'cuda'} Build */

/**
 * The build for this machine: CUDA's where an NVIDIA driver answers that can run it, unless
 * GOOGLENET_TENSORFLOW says otherwise.
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
  if (wanted === 'cuda' && !cudaExists(platform, arch))
    throw new Problem(
      'GOOGLENET_TENSORFLOW is cuda, but TensorFlow is built for CUDA on Linux with x86-64 only: unset it.',
    );
  if (wanted === 'cpu' || wanted === 'cuda') return wanted;
  if (wanted) throw new Problem(`GOOGLENET_TENSORFLOW is ${wanted}; it must be cpu or cuda.`);
  return cudaExists(platform, arch) && nvidiaGpus(askProgram).some(runsCuda) ? 'cuda' : 'cpu';
}

/**
 * Why a GPU stays unused on purpose; undefined where it does not.
 * @param {{ platform?: string, arch?: string, env?: NodeJS.ProcessEnv }} [machine]
 * @returns {string | undefined}
 */
export function whyOnlyCpu({
  platform = process.platform,
  arch = process.arch,
  env = process.env,
} = {}) {
  if (!cudaExists(platform, arch)) return 'TensorFlow has no CUDA build for this system';
  return env.GOOGLENET_TENSORFLOW === 'cpu' ? 'GOOGLENET_TENSORFLOW is cpu' : undefined;
}

/**
 * @param {string} platform
 * @param {string} arch
 */
function cudaExists(platform, arch) {
  return `${platform}-${arch}-cuda` in WHEELS;
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
 * @param {string} python one that has pip
 * @returns {import('./setupStep.mjs').SetupStep}
 */
export function tensorFlow(build, python) {
  const directory = tensorFlowDirectory(build);
  return {
    // Each build has its own name, and so its own stamp: choosing the other one loses neither.
    name: build === 'cuda' ? 'TensorFlow for CUDA' : 'TensorFlow',
    duration: build === 'cuda' ? '3 GB: several minutes' : '270 MB: about half a minute',
    fingerprint: () => fingerprint(...requiredWheels(build), readFileSync(PATHS.unpackTensorFlow)),
    present: () => existsSync(directory),
    async make() {
      const requirements = requiredWheels(build);
      const downloads = path.join(PATHS.cache, 'wheels');
      // A wheel that came whole before an interruption is not fetched again.
      const wheels = path.join(downloads, fingerprint(...requirements).slice(0, 12));
      removeAllBut(wheels);
      mkdirSync(wheels, { recursive: true });
      for (const requirement of requirements) await download(python, requirement, wheels);
      await runLogged('TensorFlow unpacking', python, [PATHS.unpackTensorFlow, wheels, directory]);
      rmSync(downloads, { recursive: true });
    },
  };
}

/**
 * The lines of a requirements file for each wheel of a build, pinned by hash.
 * @param {Build} build
 */
function requiredWheels(build) {
  const wheel =
    WHEELS[/** @type {keyof typeof WHEELS} */ (`${process.platform}-${process.arch}-${build}`)];
  const cuda = readFileSync(PATHS.cudaLock, 'utf8')
    .split(/^(?=\w)/m)
    .filter((lines) => !lines.startsWith('#'));
  return [
    `${wheel.name}==${VERSION} --hash=sha256:${wheel.sha256}\n`,
    ...(build === 'cuda' ? cuda : []),
  ];
}

/**
 * Fetches one wheel. One at a time, since pip keeps none of several before it has them all.
 * @param {string} python
 * @param {string} requirement
 * @param {string} wheels folder
 */
async function download(python, requirement, wheels) {
  const [name = ''] = requirement.split(/[\s\\]/, 1);
  const list = path.join(wheels, 'requirement.txt');
  const temporary = path.join(wheels, 'unfinished');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  writeFileSync(list, requirement);
  await runLogged(
    `download ${name}`,
    python,
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
      ...platformTags().flatMap((tag) => ['--platform', tag]),
      '-d',
      wheels,
      '-r',
      list,
    ],
    {
      env: { TMPDIR: temporary },
      progress() {
        const bytes = folderSize(temporary);
        return bytes === undefined ? name : `${name}: ${Math.round(bytes / 1e6)} MB`;
      },
    },
  );
  rmSync(temporary, { recursive: true, force: true });
}

/** glibc's minor versions that a wheel can be built for: TensorFlow's own is the newest. */
const GLIBC_MINORS = Array.from({ length: 27 - 5 + 1 }, (_, i) => 27 - i);

/**
 * The platforms whose wheels run here. pip takes a tag to the letter, and NVIDIA's wheels are named
 * for whichever glibc each was built on.
 */
function platformTags() {
  if (process.platform === 'darwin') return [WHEELS['darwin-arm64-cpu'].platform];
  const arch = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  return [...GLIBC_MINORS.map((minor) => `manylinux_2_${minor}`), 'manylinux2014'].map(
    (name) => `${name}_${arch}`,
  );
}

/** @param {string} kept folder */
function removeAllBut(kept) {
  if (!existsSync(path.dirname(kept))) return;
  for (const name of readdirSync(path.dirname(kept))) {
    if (name !== path.basename(kept))
      rmSync(path.join(path.dirname(kept), name), { recursive: true });
  }
}

/**
 * Bytes of all files in a folder; undefined where one of its folders is removed meanwhile, as pip
 * does with its own.
 * @param {string} folder
 */
export function folderSize(folder) {
  let bytes = 0;
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      bytes += statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
    }
  } catch {
    return undefined;
  }
  return bytes;
}
