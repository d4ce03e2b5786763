'use strict';

// Node 23 removed util.isNullOrUndefined, which @tensorflow/tfjs-node-gpu 4.22.0 calls in
// every operation. Loaded before it, this makes the package work on later Nodes.
const util = require('node:util');

util.isNullOrUndefined ??= (value) => value === null || value === undefined;
