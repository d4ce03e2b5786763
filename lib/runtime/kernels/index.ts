import * as tf from '@tensorflow/tfjs-node';
import { NATIVE, nativeBackend } from '../native';
import { batchMatMul } from './batchMatMul';
import { pointwiseFilterGradient } from './pointwiseFilterGradient';
import { round } from './round';

/**
 * What TensorFlow 2.21's C library computes wrongly, or with damage to the process, and another way
 * to compute it, for the inputs that are affected. Graphs record what a kernel asks for, and so get
 * the other way too. One is no longer needed when tests/runtime/kernels.test.ts passes without it.
 */
const replacements: Record<string, (kernel: tf.KernelFunc) => tf.KernelFunc> = {
  BatchMatMul: batchMatMul,
  Conv2DBackpropFilter: pointwiseFilterGradient,
  Round: round,
};

if (nativeBackend() !== undefined) {
  for (const [name, replacement] of Object.entries(replacements)) {
    const kernel = tf.getKernel(name, NATIVE);
    kernel.kernelFunc = replacement(kernel.kernelFunc);
  }
}
