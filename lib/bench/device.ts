import { tf, type NodeJSKernelBackend } from '../runtime';

/**
 * @throws Error if GOOGLENET_DEVICE asks for WebGPU: what is measured here is measured on
 *   TensorFlow's device
 */
export function refuseWebgpu(): void {
  if (process.env.GOOGLENET_DEVICE !== 'webgpu') return;
  throw new Error(
    "GOOGLENET_DEVICE is webgpu, but the benchmark and the report measure TensorFlow's device, the CPU or an NVIDIA GPU: unset it, or set it to cpu or cuda",
  );
}

/** Whether TensorFlow, and so each measuring process of this library, uses an NVIDIA GPU. */
export function usesGpu(): boolean {
  const { isUsingGpuDevice = false } = tf.backend() as Partial<NodeJSKernelBackend>;
  return isUsingGpuDevice;
}
