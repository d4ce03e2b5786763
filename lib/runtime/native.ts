import * as tf from 'googlenet/tfjs-node';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';

/** The name under which TensorFlow.js knows TensorFlow's C library. */
export const NATIVE = 'tensorflow';

/**
 * The backend of TensorFlow's C library, in use or not; undefined where the library cannot be
 * loaded.
 */
export function nativeBackend(): NodeJSKernelBackend | undefined {
  return (tf.findBackend(NATIVE) as NodeJSKernelBackend | null) ?? undefined;
}

/** The version of TensorFlow's C library; undefined where it cannot be loaded. */
export function tensorFlowVersion(): string | undefined {
  return nativeBackend()?.binding.TF_Version;
}
