// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import * as path from 'node:path';
import { kernelEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';
import { tensorFlowDirectory } from './tensorflow.mjs';

/**
 * The compiled part of tfjs-node-gpu, or of tfjs-node, which has the same. Its sources are in the npm
 * package and use Node-API alone, so one compiler call makes it for every version of Node.
 * @param {string} compiler
 * @param {import('./tensorflow.mjs').Build} build
 * @param {string} backend the npm package's folder
 * @returns {import('./setupStep.mjs').SetupStep}
 */
export function addon(compiler, build, backend) {
  const file = path.join(backend, 'lib', 'napi-v8', 'tfjs_binding.node');
  const unfinished = path.join(path.dirname(file), 'unfinished.node');
  const name = `${path.basename(backend)} addon`;
  const buildArguments = () =>
    compilerArguments(
      path.join(tensorFlowDirectory(build), 'tensorflow'),
      sources(backend),
      unfinished,
      process.platform,
    );
  return {
    name,
    duration: 'about 15 seconds',
    fingerprint: () =>
      fingerprint(
        process.arch,
        // Not where the project and the headers lie: they can be moved.
        ...buildArguments().map((argument) =>
          argument.replaceAll(PATHS.nodeApiHeaders, '').replaceAll(PROJECT, ''),
        ),
        readFileSync(path.join(PATHS.nodeApiHeaders, 'package.json')),
        ...sources(backend).map((source) => readFileSync(path.join(backend, source))),
      ),
    present: () => existsSync(file),
    async make() {
      mkdirSync(path.dirname(file), { recursive: true });
      await runLogged(name, compiler, buildArguments(), { cwd: backend });
      await runLogged(
        `${name} check`,
        process.execPath,
        ['-e', 'require(process.argv[1])', unfinished],
        { env: kernelEnvironment() },
      );
      renameSync(unfinished, file);
    },
  };
}

/** @param {string} backend */
function sources(backend) {
  const folder = 'binding';
  return readdirSync(path.join(backend, folder))
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
    path.join(PATHS.nodeApiHeaders, 'include'),
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
