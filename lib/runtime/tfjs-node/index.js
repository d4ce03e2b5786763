'use strict';

const path = require('node:path');

require('../../setup/node-compat.cjs');

// TensorFlow takes a CUDA GPU's memory when it is loaded, so it must be kept from it before that.
if (['cpu', 'webgpu'].includes(process.env.GOOGLENET_DEVICE))
  process.env.CUDA_VISIBLE_DEVICES = '-1';

// The addon's context is the first to ask for a GPU, and would take all of its memory for good.
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';

/**
 * The package looks for its addon with node-pre-gyp, which reads the process's command line: a
 * program's own --directory would send it elsewhere.
 */
function withoutArguments(load) {
  const { argv } = process;
  process.argv = argv.slice(0, 2);
  try {
    return load();
  } finally {
    process.argv = argv;
  }
}

function loadNative() {
  const quietLoad = require('./quiet-load.cjs');
  return quietLoad(() => withoutArguments(() => require('@tensorflow/tfjs-node-gpu')));
}

/** TensorFlow.js in plain JavaScript, with the same functions but those of `tf.node`. */
function loadPlain(error) {
  const installed = __dirname.split(path.sep).includes('node_modules');
  const remedy = installed
    ? 'npx tfjs-node-tensorflow makes what is missing'
    : 'npm run doctor says what is missing';
  const nativeFailure = `TensorFlow's C library cannot be loaded (${error.message.split('\n')[0].trim()})`;
  console.warn(
    `WARNING: ${nativeFailure}. Unless a GPU is chosen, all runs in plain JavaScript on one thread, MANY TIMES SLOWER; ${remedy}.`,
  );
  const tf = require('@tensorflow/tfjs');
  tf.setBackend('cpu');
  // Else it prints a banner that recommends the package which has just failed.
  tf.backend().firstUse = false;
  return { ...tf, nativeFailure };
}

function load() {
  try {
    return loadNative();
  } catch (error) {
    return loadPlain(error);
  }
}

module.exports = load();
