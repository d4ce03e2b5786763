import * as tf from 'googlenet/tfjs-node';
import { DIAGNOSIS } from '../files';
import type { Device } from './device';
import { NATIVE, nativeBackend } from './native';
import { selection } from './selection';
import { findAdapter, useWebgpu } from './webgpu';

const DEVICES: readonly string[] = ['cpu', 'cuda', 'webgpu'] satisfies Device['type'][];

/** There is no such device on this machine, or this process cannot have it any more. */
export class DeviceUnavailableError extends Error {
  override readonly name = 'DeviceUnavailableError';
}

/**
 * Selects the device that operations run on from now on. Call it before anything else: tensors,
 * models and optimizers stay on the device where they were made.
 *
 * @param name `cpu`, `cuda` or `webgpu`; left out, the environment's GOOGLENET_DEVICE, and without
 *   that the best there is: CUDA, else a GPU that WebGPU reaches, else the CPU. A software renderer
 *   is no GPU: it has to be asked for by name.
 * @throws RangeError for another name
 * @throws DeviceUnavailableError if the device asked for by name is not there, with what to do
 */
export async function selectDevice(
  name: string | undefined = process.env.GOOGLENET_DEVICE || undefined,
): Promise<void> {
  if (name === undefined) await selectBest();
  else await selectNamed(name);
  selection.made = true;
}

async function selectNamed(name: string): Promise<void> {
  if (!DEVICES.includes(name)) {
    throw new RangeError(`the device is "${name}"; it must be one of ${DEVICES.join(', ')}`);
  }
  if (name === 'webgpu') return selectWebgpu();
  const onGpu = nativeBackend()?.isUsingGpuDevice ?? false;
  if (name === 'cuda' && !onGpu) {
    throw new DeviceUnavailableError(
      `there is no CUDA device: TensorFlow does not use an NVIDIA GPU here; ${DIAGNOSIS}`,
    );
  }
  if (name === 'cpu' && onGpu) {
    throw new DeviceUnavailableError(
      'TensorFlow has taken the NVIDIA GPU already: set GOOGLENET_DEVICE=cpu in the environment, and start anew',
    );
  }
  await selectHost();
}

async function selectBest(): Promise<void> {
  if (!nativeBackend()?.isUsingGpuDevice && findAdapter()?.software === false) {
    await selectWebgpu();
  } else {
    await selectHost();
  }
}

/** TensorFlow's C library, on whichever device it was started; where there is none, plain JavaScript. */
async function selectHost(): Promise<void> {
  await tf.setBackend(nativeBackend() ? NATIVE : 'cpu');
}

async function selectWebgpu(): Promise<void> {
  if (await useWebgpu()) return;
  throw new DeviceUnavailableError(
    'WebGPU finds no GPU: install the driver of the graphics card (on Linux its Vulkan driver and libvulkan1), or choose the device cpu',
  );
}
