/* global process */
'use strict';

// @tensorflow/tfjs-node-gpu 4.22.0 calls these two of node:util in every operation. Node 22 warns
// of them, Node 23 and later have no isNullOrUndefined. Loaded before the package, this makes it
// work, quietly, on all of them.
const util = require('node:util');

util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;

// TensorFlow reads these when it is loaded; who starts the process may have set them. oneDNN's
// kernels on every x86 processor: by itself TensorFlow takes them only where there is AVX-512 VNNI or
// AVX-VNNI, and its own train a third slower with AVX2.
if (process.arch === 'x64') process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
// 0 = everything, 1 = no information, 2 = no warnings: start-up notes about CPU instructions and
// missing CUDA are answered by getDevice() in the lecture's own words.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
