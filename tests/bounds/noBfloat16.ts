import { vectorExtensions } from 'googlenet/runtime';

/**
 * Why bfloat16 cannot be tried, if it cannot: with oneDNN told to do without AVX-512 on a processor
 * that has it, TensorFlow still gives it bfloat16 to compute.
 */
export const noBfloat16 =
  /^(SSE|AVX$|AVX2)/.test(process.env.ONEDNN_MAX_CPU_ISA ?? '') &&
  process.env.TF_ENABLE_ONEDNN_OPTS !== '0' &&
  vectorExtensions()?.includes('avx512f') === true &&
  'TensorFlow takes its kernels by the processor, not by ONEDNN_MAX_CPU_ISA';
