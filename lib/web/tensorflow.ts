/** TensorFlow.js of a browser under the names that `@tensorflow/tfjs-node` has in Node. */
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
