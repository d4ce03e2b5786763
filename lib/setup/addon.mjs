// @ts-check
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS } from './paths.mjs';
import { runLogged } from './run.mjs';
import { fingerprint } from './step.mjs';
import { tensorFlowDirectory } from './tensorflow.mjs';

const ADDON = path.join(PATHS.backend, 'lib', 'napi-v8', 'tfjs_binding.node');

/**
 * The compiled part of tfjs-node-gpu. Its sources are in the npm package and use Node-API alone, so
 * one compiler call makes it for every version of Node.
 * @param {string} compiler
 * @param {import('./tensorflow.mjs').Build} build
 * @returns {import('./step.mjs').Step}
 */
export function addon(compiler, build) {
  const args = compilerArguments(
    path.join(tensorFlowDirectory(build), 'tensorflow'),
    `${ADDON}.unfinished`,
    process.platform,
  );
  return {
    name: 'TensorFlow.js addon',
    duration: 'about 15 seconds',
    // Paths in the arguments are left out: a moved project keeps its addon.
    fingerprint: () => fingerprint(compiler, build, process.platform, process.arch),
    present: () => existsSync(ADDON),
    async make() {
      mkdirSync(path.dirname(ADDON), { recursive: true });
      await runLogged('TensorFlow.js addon', compiler, args, { cwd: PATHS.backend });
      renameSync(`${ADDON}.unfinished`, ADDON);
      await runLogged(
        'TensorFlow.js addon check',
        process.execPath,
        ['-e', `require(${JSON.stringify(ADDON)})`],
        {
          advice: 'The addon was compiled but does not load: see the output above.',
        },
      );
    },
  };
}

/**
 * @param {string} tensorflow folder with the C library and include/
 * @param {string} output
 * @param {NodeJS.Platform} platform
 */
export function compilerArguments(tensorflow, output, platform) {
  const toLibrary = path.relative(path.dirname(output), tensorflow);
  const mac = platform === 'darwin';
  const library = (/** @type {string} */ name) =>
    path.join(tensorflow, mac ? `lib${name}.2.dylib` : `lib${name}.so.2`);
  return [
    '-shared',
    '-fPIC',
    '-O2',
    '-std=c++17',
    '-DNAPI_VERSION=9',
    '-I',
    path.join(PATHS.modules, 'node-api-headers', 'include'),
    '-I',
    path.join(tensorflow, 'include'),
    '-I',
    '.',
    '-I',
    'binding',
    '-o',
    output,
    'binding/tfjs_backend.cc',
    'binding/tfjs_binding.cc',
    library('tensorflow_cc'),
    library('tensorflow_framework'),
    // Relative to the addon, so that the project can be moved. Node's own symbols come at load time.
    ...(mac
      ? ['-undefined', 'dynamic_lookup', `-Wl,-rpath,@loader_path/${toLibrary}`]
      : [`-Wl,-rpath,$ORIGIN/${toLibrary}`]),
  ];
}
