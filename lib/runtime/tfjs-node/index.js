'use strict';

require('./node-compat.cjs');
const quietLoad = require('./quiet-load.cjs');

// 0 = everything, 1 = no information, 2 = no warnings: start-up notes about CPU
// instructions and missing CUDA are answered by getDevice() in the lecture's own words.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

module.exports = quietLoad(() => require('@tensorflow/tfjs-node-gpu'));
