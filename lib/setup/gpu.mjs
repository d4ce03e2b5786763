// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { ask } from './programs.mjs';

/** The least driver that runs the libraries of CUDA 12. */
const LEAST_DRIVER = 525;
/** MiB: less than this is not enough to start. */
const LEAST_MEMORY = 1000;

/** @typedef {{ name: string, driver: string, freeMemory: number }} Gpu */

/**
 * The NVIDIA GPUs that the driver reports; none where there is no driver.
 * @param {typeof ask} [askProgram]
 * @returns {Gpu[]}
 */
export function nvidiaGpus(askProgram = ask) {
  const table = askProgram('nvidia-smi', [
    '--query-gpu=name,driver_version,memory.free',
    '--format=csv,noheader,nounits',
  ]);
  return (table ?? '')
    .split('\n')
    .map((line) => line.split(', '))
    .filter((fields) => fields.length === 3)
    .map(([name = '', driver = '', memory]) => ({ name, driver, freeMemory: Number(memory) }));
}

/**
 * Whether the GPU's driver is new enough for CUDA 12.
 * @param {Gpu} gpu
 */
export function runsCuda({ driver }) {
  return Number.parseInt(driver) >= LEAST_DRIVER;
}

/**
 * Why TensorFlow will not use a GPU although there is or should be one, and the remedy.
 * @param {object} machine
 * @param {Gpu[]} machine.gpus
 * @param {boolean} machine.cardPresent whether there is an NVIDIA card, driver or not
 * @param {import('./tensorflow.mjs').Build} machine.build the build of TensorFlow in use
 * @param {boolean} machine.onlyCpu whether a GPU stays unused on purpose
 * @returns {string | undefined}
 */
export function gpuProblem({ gpus, cardPresent, build, onlyCpu }) {
  if (onlyCpu) return undefined;
  const [gpu] = gpus;
  if (!gpu) {
    if (cardPresent)
      return 'There is an NVIDIA card, but its driver does not answer: install it (Ubuntu: sudo ubuntu-drivers install), start the machine anew, and run npm start.';
    if (build === 'cuda')
      return 'TensorFlow is the CUDA build, but no NVIDIA driver answers: install the driver, or unset GOOGLENET_TENSORFLOW and run npm start.';
    return undefined;
  }
  if (!gpus.some(runsCuda))
    return `The NVIDIA driver ${gpu.driver} is too old for CUDA 12: install version ${LEAST_DRIVER} or later, and run npm start.`;
  if (gpus.every(({ freeMemory }) => freeMemory < LEAST_MEMORY))
    return `The GPU has ${gpu.freeMemory} MiB of memory left: end the programs that hold the rest (nvidia-smi lists them).`;
  return undefined;
}

const NVIDIA = '0x10de';
const DISPLAY = '0x03';

/** Whether an NVIDIA card is on the PCI bus, whatever the driver says. */
export function nvidiaCardPresent() {
  const bus = '/sys/bus/pci/devices';
  if (!existsSync(bus)) return false;
  return readdirSync(bus).some((device) => {
    const property = (/** @type {string} */ name) =>
      readFileSync(path.join(bus, device, name), 'utf8').trim();
    return property('vendor') === NVIDIA && property('class').startsWith(DISPLAY);
  });
}

/**
 * What TensorFlow opens of CUDA when it starts on a GPU, where it looks for it; each library's version
 * is part of its name.
 */
const CUDA_LIBRARIES = [
  'cublas/lib/libcublas.so.12',
  'cublas/lib/libcublasLt.so.12',
  'cuda_cupti/lib/libcupti.so.12',
  'cuda_runtime/lib/libcudart.so.12',
  'cudnn/lib/libcudnn.so.9',
  'cufft/lib/libcufft.so.11',
  'cusparse/lib/libcusolver.so.11',
  'cusparse/lib/libcusparse.so.12',
];

/**
 * Which of CUDA's libraries are not there, and the remedy. Without a driver TensorFlow does not look
 * for them.
 * @param {string} tensorFlow folder of the CUDA build
 * @returns {string | undefined}
 */
export function libraryProblem(tensorFlow) {
  const missing = CUDA_LIBRARIES.filter(
    (file) => !existsSync(path.join(tensorFlow, 'nvidia', file)),
  );
  if (missing.length === 0) return undefined;
  return missingLibraries(missing.map((file) => path.basename(file)).join(', '));
}

/** @param {string} names */
const missingLibraries = (names) =>
  `Of CUDA's libraries ${names} cannot be loaded: delete .runtime and run npm start.`;

/**
 * Why CUDA did not start, from what TensorFlow says about it while it starts.
 * @param {string} messages
 * @returns {string | undefined}
 */
export function cudaProblem(messages) {
  const library = /Could not load dynamic library '([^']+)'/.exec(messages)?.[1];
  if (library) return missingLibraries(library);
  if (/Cannot dlopen some GPU libraries/.test(messages)) return missingLibraries('some');
  if (/CUDA_ERROR_OUT_OF_MEMORY|out of memory/i.test(messages))
    return 'The GPU has no memory left: end the programs that hold it (nvidia-smi lists them).';
  // 303, CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, is how TensorFlow says that there was none to ask.
  if (/Could not find cuda drivers|failed call to cuInit[^\n]*\(303\)/.test(messages))
    return 'TensorFlow finds no CUDA driver (libcuda.so.1): install the NVIDIA driver, in a container with the NVIDIA Container Toolkit.';
  const call = /(?:failed call to cuInit|CUDA error)[^\n]*?: ([^\n]+)/.exec(messages)?.[1];
  if (call)
    return `The NVIDIA driver refuses to start CUDA (${call}): start the machine anew, or install the driver again.`;
  return undefined;
}
