import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-node';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';

/** What operations run on. */
export interface Device {
  /** PyTorch's word for it. */
  type: 'cpu' | 'cuda';
  /** The GPU's name, or the number of threads. */
  description: string;
  /** Why it is not the GPU, in one line; undefined where it is. */
  reason?: string;
}

/**
 * Prints and returns the device that operations run on (the lecture's `get_device`):
 * `curr device = cpu`, and below it the TensorFlow version, the GPU's name or the number of
 * threads, and the reason where it is not the GPU.
 */
export function getDevice(): Device {
  const device = findDevice();
  console.log(`curr device = ${device.type}`);
  const { TF_Version } = nodeBackend().binding;
  console.log(
    `TensorFlow ${TF_Version}, TensorFlow.js ${tf.version['tfjs-core']}: ${device.description}`,
  );
  if (device.reason) console.log(`not the GPU: ${device.reason}`);
  return device;
}

function findDevice(): Device {
  const gpu = nvidiaGpu();
  if (nodeBackend().isUsingGpuDevice) {
    return { type: 'cuda', description: gpu ?? 'an NVIDIA GPU' };
  }
  const threads = availableParallelism();
  return {
    type: 'cpu',
    description: `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    reason: gpu
      ? `there is one (${gpu}), but TensorFlow does not use it; npm run doctor says why`
      : 'no NVIDIA GPU was found (nvidia-smi does not answer)',
  };
}

function nodeBackend(): NodeJSKernelBackend {
  return tf.backend() as NodeJSKernelBackend;
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
