'use strict';

const fs = require('node:fs');
const { isMainThread } = require('node:worker_threads');
const koffi = require('koffi');

const STDERR = 2;
/** Of absl's logger before TensorFlow has set it up: information, and its own preface. */
const INFORMATION = /^(I\d{4} |WARNING: All log messages before absl::InitializeLog\(\) is called)/;
/** What TensorFlow for CUDA finds where index.js has kept the GPU from it. */
const NO_DEVICE = /^E\d{4} .*failed call to cuInit.*CUDA_ERROR_NO_DEVICE/;

/**
 * Runs `load`, which loads TensorFlow, and keeps from standard error what TensorFlow's library
 * prints as information while it is loaded: no setting reaches it so early; and that it finds no GPU,
 * where it was told to take none. All else is passed on.
 */
module.exports = function quietLoad(load) {
  const { TF_CPP_MIN_LOG_LEVEL, TF_CPP_MAX_VLOG_LEVEL } = process.env;
  // Besides, so much would not fit into the pipe.
  const wanted = Number(TF_CPP_MIN_LOG_LEVEL) === 0 || Number(TF_CPP_MAX_VLOG_LEVEL) > 0;
  if (wanted || !isMainThread) return load();
  const libc = koffi.load(process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6');
  const dup = libc.func('int dup(int)');
  const dup2 = libc.func('int dup2(int, int)');
  const pipe = libc.func('int pipe(_Out_ int *ends)');

  const ends = [0, 0];
  pipe(ends);
  const [reading, writing] = ends;
  const stderr = dup(STDERR);
  dup2(writing, STDERR);
  fs.closeSync(writing);
  try {
    return load();
  } finally {
    dup2(stderr, STDERR);
    fs.closeSync(stderr);
    const lines = fs.readFileSync(reading, 'utf8').split(/(?<=\n)/);
    fs.closeSync(reading);
    const told = process.env.CUDA_VISIBLE_DEVICES === '-1';
    const expected = (line) => INFORMATION.test(line) || (told && NO_DEVICE.test(line));
    fs.writeSync(STDERR, lines.filter((line) => !expected(line)).join(''));
  }
};
