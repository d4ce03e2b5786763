import { onGpu } from './onGpu.js';
import { reportSuites } from './report.js';
import { coreSpecs, runSpecs } from './specs.js';

reportSuites(await runSpecs(coreSpecs), [
  {
    reason:
      'without oneDNN TensorFlow refuses the dilated convolution before its gradient is asked for',
    message: /Current kernel implementation does not support dilations/,
    mayPass: true,
    specs: ['depthwiseConv2d gradients throws error on dilations > 1'],
  },
  ...onGpu,
]);
