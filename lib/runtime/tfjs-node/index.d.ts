export * from '@tensorflow/tfjs-node-gpu';

/** Why TensorFlow's C library could not be loaded, in one line; undefined where it was. */
export const nativeFailure: string | undefined;
