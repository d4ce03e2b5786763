/**
 * The room `runtime` in a browser, which build.mjs puts in its place: the library's network runs
 * here as it is, on the browser's TensorFlow.js. It is there for use alone; what only training asks
 * for says so.
 */
export * as tf from './tensorflow';

function forTraining(): never {
  throw new Error('A network is trained in Node: this is a browser.');
}

export { forTraining as normalizeBatch, forTraining as placeOf, forTraining as statelessUniform };
