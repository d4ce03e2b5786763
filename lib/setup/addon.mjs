// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import * as path from 'node:path';
import { kernelEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';
import { tensorFlowDirectory } from './tensorflow.mjs';

const ADDON = path.join(PATHS.backend, 'lib', 'napi-v8', 'tfjs_binding.node');
const UNFINISHED = path.join(path.dirname(ADDON), 'unfinished.node');

/**
 * The compiled part of tfjs-node-gpu. Its sources are in the npm package and use Node-API alone, so
 * one compiler call makes it for every version of Node.
 * @param {string} compiler
 * @param {import('./tensorflow.mjs').Build} build
 * @returns {import('./setupStep.mjs').SetupStep}
 */
export function addon(compiler, build) {
  const buildArguments = () =>
    compilerArguments(
      path.join(tensorFlowDirectory(build), 'tensorflow'),
      sources(),
      UNFINISHED,
      process.platform,
    );
  return {
    name: 'TensorFlow.js addon',
    duration: 'about 15 seconds',
    fingerprint: () =>
      fingerprint(
        process.arch,
        // Not where the project lies: it can be moved.
        ...buildArguments().map((argument) => argument.replaceAll(PROJECT, '')),
        // The version of the headers of Node-API is in it.
        readFileSync(path.join(PROJECT, 'package-lock.json')),
        ...sources().map((file) => readFileSync(path.join(PATHS.backend, file))),
      ),
    present: () => existsSync(ADDON),
    async make() {
      mkdirSync(path.dirname(ADDON), { recursive: true });
      await runLogged('TensorFlow.js addon', compiler, buildArguments(), { cwd: PATHS.backend });
      await runLogged(
        'TensorFlow.js addon check',
        process.execPath,
        ['-e', 'require(process.argv[1])', UNFINISHED],
        { env: kernelEnvironment() },
      );
      renameSync(UNFINISHED, ADDON);
    },
  };
}

function sources() {
  const folder = 'binding';
  return readdirSync(path.join(PATHS.backend, folder))
    .filter((file) => file.endsWith('.cc'))
    .sort()
    .map((file) => path.join(folder, file));
}

/**
 * @param {string} tensorflow folder with the C library and include/
 * @param {readonly string[]} sources
 * @param {string} output
 * @param {NodeJS.Platform} platform
 */
export function compilerArguments(tensorflow, sources, output, platform) {
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
    ...sources,
    library('tensorflow_cc'),
    library('tensorflow_framework'),
    // Relative to the addon, so that the project can be moved. Node's own symbols come at load time.
    ...(mac
      ? ['-undefined', 'dynamic_lookup', `-Wl,-rpath,@loader_path/${toLibrary}`]
      : [`-Wl,-rpath,$ORIGIN/${toLibrary}`]),
  ];
}
