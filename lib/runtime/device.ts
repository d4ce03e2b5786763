import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as tf from 'googlenet/tfjs-node';
import { DIAGNOSIS } from '../files';
import { NATIVE, nativeBackend, tensorFlowVersion } from './native';
import { resultDevice } from './resultDevice';
import { selection } from './selection';
import { webgpuAdapter } from './webgpu';

/** What operations run on. */
export interface Device {
  /** PyTorch's word for it, where PyTorch has it. */
  type: 'cpu' | 'cuda' | 'webgpu';
  /** The GPU's name, or the number of threads. */
  description: string;
  /** Why it is not the GPU, in one line; undefined where it is. */
  reason?: string;
}

/**
 * Prints and returns the device that operations run on (the lecture's `get_device`):
 * `curr device = cpu`, and below it the TensorFlow version, the GPU's name or the number of
 * threads, and the reason where it is not the GPU.
 *
 * @throws Error if GOOGLENET_DEVICE asks for WebGPU and `selectDevice()` has not been called
 */
export function getDevice(): Device {
  if (process.env.GOOGLENET_DEVICE === 'webgpu' && !selection.made) {
    throw new Error('GOOGLENET_DEVICE is webgpu: call "await selectDevice()" before getDevice()');
  }
  const device = findDevice();
  console.log(`curr device = ${device.type}`);
  console.log(`${versions()}: ${device.description}`);
  if (device.reason) console.log(`not the GPU: ${device.reason}`);
  return device;
}

/** By how much a result may miss another library's: a GPU may round to TF32's three digits. */
export function tolerance(): number {
  const onGpu = webgpuAdapter() !== undefined || nativeBackend()?.isUsingGpuDevice === true;
  return onGpu ? 2e-3 : 1e-5;
}

function versions(): string {
  const javaScript = `TensorFlow.js ${tf.version['tfjs-core']}`;
  const native = tf.getBackend() === NATIVE ? tensorFlowVersion() : undefined;
  return native ? `TensorFlow ${native}, ${javaScript}` : javaScript;
}

/** The device that operations run on; {@link getDevice} prints it. */
export function findDevice(): Device {
  const adapter = webgpuAdapter();
  if (adapter) {
    return {
      type: 'webgpu',
      description: adapter.name,
      ...(adapter.software && { reason: 'this is a software renderer, which runs on the CPU' }),
    };
  }
  if (tf.getBackend() !== NATIVE) {
    return {
      type: 'cpu',
      description: '1 thread of plain JavaScript',
      reason: tf.nativeFailure ?? 'plain JavaScript was chosen',
    };
  }
  const gpu = nvidiaGpu();
  const computedOn = nativeBackend()?.isUsingGpuDevice ? deviceOfResults() : undefined;
  if (computedOn?.includes('device:GPU:')) {
    return { type: 'cuda', description: gpu ?? 'an NVIDIA GPU' };
  }
  const threads = availableParallelism();
  return {
    type: 'cpu',
    description: `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    reason: computedOn
      ? `TensorFlow has one, but does not compute on it (${computedOn}); ${DIAGNOSIS}`
      : gpu
        ? `there is one (${gpu}), but ${whyUnused()}`
        : 'no NVIDIA GPU was found (nvidia-smi does not answer)',
  };
}

function whyUnused(): string {
  return process.env.GOOGLENET_DEVICE === 'cpu'
    ? 'the device cpu was chosen'
    : `TensorFlow does not use it; ${DIAGNOSIS}`;
}

/** Where TensorFlow's results are, or why it has none. */
function deviceOfResults(): string {
  try {
    return resultDevice();
  } catch (error) {
    return (error as Error).message;
  }
}

function nvidiaGpu(): string | undefined {
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name', '--format=csv,noheader'],
    // With a broken driver it may never answer.
    { encoding: 'utf8', timeout: 10_000 },
  );
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}
