'use strict';

require('./node-compat.cjs');
const quietLoad = require('./quiet-load.cjs');

// 0 = everything, 1 = no information, 2 = no warnings: start-up notes about CPU
// instructions and missing CUDA are answered by getDevice() in the lecture's own words.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

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

module.exports = quietLoad(() => withoutArguments(() => require('@tensorflow/tfjs-node-gpu')));
