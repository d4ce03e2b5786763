import * as tf from 'googlenet/tfjs-node';
import { NATIVE, nativeBackend } from '../native';
import { batchMatMul } from './batchMatMul';
import { emptyConvolution, emptyGradient } from './emptyConvolution';
import { pointwiseFilterGradient } from './pointwiseFilterGradient';
import { round } from './round';
import { step } from './step';

/**
 * What TensorFlow 2.21's C library computes wrongly, or with damage to the process, or TensorFlow.js
 * slowly, and another way to compute it, for the inputs that are affected. Graphs record what a
 * kernel asks for, and so get the other way too. One that mends a result is no longer needed when
 * tests/runtime/kernels.test.ts passes without it.
 */
const replacements: [name: string, replacement: (kernel: tf.KernelFunc) => tf.KernelFunc][] = [
  ['BatchMatMul', batchMatMul],
  ['Conv2D', emptyConvolution(2)],
  ['Conv2DBackpropFilter', pointwiseFilterGradient],
  ['Conv2DBackpropFilter', emptyGradient],
  ['Conv2DBackpropInput', emptyGradient],
  ['Conv3D', emptyConvolution(3)],
  ['Conv3DBackpropFilterV2', emptyGradient],
  ['Conv3DBackpropInputV2', emptyGradient],
  ['DepthwiseConv2dNative', emptyConvolution(2, true)],
  ['DepthwiseConv2dNativeBackpropFilter', emptyGradient],
  ['DepthwiseConv2dNativeBackpropInput', emptyGradient],
  ['FusedConv2D', emptyConvolution(2)],
  ['FusedDepthwiseConv2D', emptyConvolution(2, true)],
  ['MaxPoolGrad', emptyGradient],
  ['Round', round],
  ['Step', step],
];

if (nativeBackend() !== undefined) {
  for (const [name, replacement] of replacements) {
    const kernel = tf.getKernel(name, NATIVE);
    kernel.kernelFunc = replacement(kernel.kernelFunc);
  }
}
