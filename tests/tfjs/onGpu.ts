import type { Exception } from './report.js';

/** Specs of TensorFlow.js's core that fail on an NVIDIA GPU. */
export const onGpu: readonly Exception[] = [
  {
    reason: 'on a GPU TensorFlow counts without weights',
    message: /Weights are not yet supported by the GPU implementation of Bincount/,
    mayPass: true,
    specs: [
      'bincount with 1d float weights.',
      'bincount with 1d float weights and number out of range.',
    ],
  },
  {
    reason: "a GPU's last bit of e¹⁰ is 0.001, as much as the spec allows",
    message: /actual\[0\] = 22026\.466796875, expected\[0\] = 22026\.465794806718/,
    mayPass: true,
    specs: ['exp int32'],
  },
];
