'use strict';

// Loaded first in every process of a run of the tests, notebooks' kernels among them: notes each
// bound that is checked, and what was measured beside it, as a line of the file that BOUNDS names.
const { subscribe } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');
const { basename } = require('node:path');
const process = require('node:process');

const file = process.env.BOUNDS;
subscribe('googlenet:bound', (bound) => {
  const test = basename(process.argv[1] ?? '');
  appendFileSync(file, JSON.stringify({ test, ...bound }) + '\n');
});
