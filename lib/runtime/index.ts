/** The one TensorFlow.js of the process; danfojs-node shares it. */
export * as tf from '@tensorflow/tfjs-node';
