'use strict';

// @tensorflow/tfjs-node-gpu 4.22.0 calls these two of node:util in every operation. Node 22 warns
// of them, Node 23 and later have no isNullOrUndefined. Loaded before the package, this makes it
// work, quietly, on all of them.
const util = require('node:util');

util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
