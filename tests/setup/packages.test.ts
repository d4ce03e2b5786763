import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { extract } from 'tar';
import { PATHS, PROJECT } from '../../lib/setup/paths.mjs';
import { chooseBuild, tensorFlow, tensorFlowDirectory } from '../../lib/setup/tensorflow.mjs';

interface Manifest {
  name: string;
  version: string;
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  typesVersions?: { '*': Record<string, [string]> };
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const readManifest = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

const COMMAND = 'tfjs-node-tensorflow';
const LIBRARY = path.join(PROJECT, 'lib');
const SETUP = path.join(LIBRARY, 'setup');

/** Korean letters and spaces, as a user's folder may have. */
const work = mkdtempSync(path.join(tmpdir(), '묶은 것 '));
after(() => {
  rmSync(work, { recursive: true });
});

/** The tarballs' contents, unpacked: npm packs what a release has. */
const unpacked = { googlenet: path.join(work, 'a'), [COMMAND]: path.join(work, 'b') };
before(async () => {
  execFileSync('npm', ['pack', LIBRARY, SETUP, '--pack-destination', work], {
    cwd: PROJECT,
    stdio: 'pipe',
  });
  for (const [name, folder] of Object.entries(unpacked)) {
    mkdirSync(folder);
    const { version } = readManifest(name === COMMAND ? SETUP : LIBRARY);
    await extract({ file: path.join(work, `${name}-${version}.tgz`), cwd: folder, strip: 1 });
  }
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(path.join(folder, file)).isFile())
    .sort();
}

const SETUP_FILES = [
  'LICENSE',
  'README.md',
  'addon.mjs',
  'causes.mjs',
  'environment.mjs',
  'gpu.mjs',
  'lock.mjs',
  'locks/cuda.txt',
  'makeSteps.mjs',
  'node-compat.cjs',
  'nodeVersion.mjs',
  'package.json',
  'paths.mjs',
  'prerequisites.mjs',
  'problem.mjs',
  'programs.mjs',
  'progressLine.mjs',
  'setupStep.mjs',
  'tensorFlowAlone.mjs',
  'tensorflow.mjs',
  'tfjs-node-tensorflow.mjs',
  'unpack_tensorflow.py',
];

test('the packages have what a user needs, and nothing of the project beside it', () => {
  assert.deepEqual(filesOf(unpacked[COMMAND]), SETUP_FILES);
  const files = filesOf(unpacked.googlenet);
  const setup = files.filter((file) => file.startsWith('setup/'));
  assert.deepEqual(
    setup,
    SETUP_FILES.map((file) => `setup/${file}`),
  );
  const folders = files
    .filter((file) => !setup.includes(file))
    .map(
      (file) => /^(dist\/\w+|runtime\/tfjs-node|nn)\/.*\.(js|cjs|json|ts)$/.exec(file)?.[1] ?? file,
    );
  assert.deepEqual(
    [...new Set(folders)].sort(),
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      ...['data', 'files', 'graph', 'nn', 'notebook', 'plots', 'random', 'runtime', 'training'].map(
        (room) => `dist/${room}`,
      ),
      'nn',
      'package.json',
      'runtime/tfjs-node',
    ].sort(),
  );
});

test("the licence is the project's, the versions are one, and the changes of it are told", () => {
  const licence = readFileSync(path.join(PROJECT, 'LICENSE'), 'utf8');
  const { version } = readManifest(PROJECT);
  for (const folder of Object.values(unpacked)) {
    assert.equal(readFileSync(path.join(folder, 'LICENSE'), 'utf8'), licence);
    assert.equal(readManifest(folder).version, version);
  }
  const pinned = version.replaceAll('.', '\\.');
  const citation = readFileSync(path.join(PROJECT, 'CITATION.cff'), 'utf8');
  assert.match(citation, new RegExp(`^version: ${pinned}$`, 'm'));
  assert.match(
    readFileSync(path.join(unpacked.googlenet, 'CHANGELOG.md'), 'utf8'),
    new RegExp(`^## ${pinned}\\b`, 'm'),
  );
});

test('every file that a package names is in it', () => {
  for (const folder of Object.values(unpacked)) {
    const { bin, exports, typesVersions } = readManifest(folder);
    const named = [
      ...Object.values(bin),
      ...Object.values(exports).flatMap((file) =>
        typeof file === 'string' ? file : Object.values(file),
      ),
      ...Object.values(typesVersions?.['*'] ?? {}).flat(),
    ];
    for (const file of named) assert.ok(existsSync(path.join(folder, file)), file);
  }
});

/** What a file imports, requires, or takes types from. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const patterns =
    /(?:\bfrom\s|\b(?:import|require(?:\.resolve)?)\(|^import\s)\s*['"]([^'"\n]+)['"]/gm;
  return [...text.matchAll(patterns)].map(([, id = '']) => id);
}

test('every file of a package finds in it, or in what it depends on, what it imports', () => {
  for (const folder of Object.values(unpacked)) {
    const { name, dependencies, peerDependencies } = readManifest(folder);
    const packages = Object.keys({ ...dependencies, ...peerDependencies });
    // That of tfjs-node-gpu is the same one.
    packages.push('@tensorflow/tfjs');
    for (const file of filesOf(folder).filter((one) => /\.([cm]?js|d\.ts)$/.test(one))) {
      for (const id of importsOf(path.join(folder, file))) {
        const message = `${name}: ${file} imports ${id}`;
        if (id.startsWith('.')) {
          const target = path.join(folder, path.dirname(file), id);
          const names = ['', '.js', '.d.ts', '/index.js', '/index.d.ts'];
          assert.ok(
            names.some((end) => existsSync(target + end) && statSync(target + end).isFile()),
            message,
          );
        } else if (!isBuiltin(id) && id !== 'googlenet/tfjs-node') {
          assert.ok(
            packages.some((one) => id === one || id.startsWith(`${one}/`)),
            message,
          );
        }
      }
    }
  }
});

/**
 * A user's project with a package as npm installs it: the project's own node_modules stand for what
 * would be downloaded, and so does its TensorFlow.
 */
function makeProject(name: keyof typeof unpacked): string {
  const project = path.join(work, `${name} 프로젝트`);
  const modules = path.join(project, 'node_modules');
  mkdirSync(path.join(modules, '@tensorflow'), { recursive: true });
  writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n');
  for (const entry of readdirSync(PATHS.modules)) {
    if (!['.cache', '@tensorflow', 'googlenet'].includes(entry))
      symlinkSync(path.join(PATHS.modules, entry), path.join(modules, entry));
  }
  for (const entry of readdirSync(path.join(PATHS.modules, '@tensorflow'))) {
    if (!['tfjs-node', 'tfjs-node-gpu'].includes(entry))
      symlinkSync(
        path.join(PATHS.modules, '@tensorflow', entry),
        path.join(modules, '@tensorflow', entry),
      );
  }
  installBackend(project);
  cpSync(unpacked[name], path.join(modules, name), { recursive: true });

  const build = chooseBuild();
  const cache = path.join(modules, '.cache', COMMAND);
  const stamp = tensorFlow(build, '').name.replaceAll(' ', '-');
  mkdirSync(path.join(cache, 'stamps'), { recursive: true });
  cpSync(path.join(PATHS.stamps, stamp), path.join(cache, 'stamps', stamp));
  const library = tensorFlowDirectory(build);
  symlinkSync(library, path.join(cache, path.basename(library)));
  return project;
}

/** TensorFlow.js for Node as it comes from the registry, without its addon. */
function installBackend(project: string): void {
  const folder = path.join(project, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  rmSync(folder, { recursive: true, force: true });
  cpSync(PATHS.backend, folder, {
    recursive: true,
    filter: (file) => file !== path.join(PATHS.backend, 'lib'),
  });
}

const addonOf = (project: string) =>
  path.join(project, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node');

/** Runs Node in a project, without what a test's own process is given. */
function runNode(project: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined, ...env },
  });
}

/** The package's command. */
function makeTensorFlow(project: string, name: keyof typeof unpacked, env?: NodeJS.ProcessEnv) {
  const folder = path.join(project, 'node_modules', name);
  return runNode(project, [path.join(folder, readManifest(folder).bin[COMMAND] ?? '')], env);
}

const NOTHING_TO_DO = 'is ready for @tensorflow/tfjs-node-gpu; there was nothing to do.\n';

const TYPES = `
import { GoogLeNet } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';
import * as same from 'googlenet/tfjs-node';

const images: tf.Tensor4D = same.zeros([1, 32, 32, 3]);
export const logits: tf.Tensor2D = new GoogLeNet(3, 'cifar10').forward(images);
// @ts-expect-error A batch has no logits of one image: the types are not "any".
export const one: tf.Tensor1D = new GoogLeNet(3, 'cifar10').forward(images);
`;

suite("googlenet in a user's project", () => {
  let project = '';
  before(() => {
    project = makeProject('googlenet');
    const { status, stdout, stderr } = makeTensorFlow(project, 'googlenet');
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^TensorFlow 2\.21\.0 for .* is ready for @tensorflow\/tfjs-node-gpu\.\n$/,
    );
  });

  test('the example of the README runs', () => {
    const readme = readFileSync(path.join(PROJECT, 'README.md'), 'utf8');
    const [, example = ''] = /```ts\n([^`]*'googlenet\/runtime'[^`]*)```/.exec(readme) ?? [];
    writeFileSync(
      path.join(project, 'example.mjs'),
      `${example}\nconsole.log(logits.shape.join());\n`,
    );
    const { status, stdout, stderr } = runNode(project, ['example.mjs']);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^TensorFlow 2\.21\.0, [^]*\n1,10\n$/m);
    assert.ok(existsSync(path.join(project, 'googlenet.safetensors')));
  });

  test('its types are found', () => {
    writeFileSync(path.join(project, 'types.mts'), TYPES);
    const { stdout } = runNode(project, [
      path.join(PATHS.modules, 'typescript', 'bin', 'tsc'),
      ...['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'],
      ...['--types', 'node', 'types.mts'],
    ]);
    assert.equal(stdout, '');
  });

  test('every door opens, runs go to the project, and what was recorded is told to be elsewhere', () => {
    const { exports } = readManifest(unpacked.googlenet);
    const doors = Object.keys(exports).map((door) => door.replace('.', 'googlenet'));
    const script = `
      for (const door of ${JSON.stringify(doors)}) require(door);
      const { runDirectory, LECTURE_CONSTANTS } = require('googlenet/training');
      console.log(require('node:path').relative('', runDirectory({ id: 'cifar10' }, LECTURE_CONSTANTS)));
      const { readRecordedModels, source } = require('googlenet/notebook');
      console.log(source(require('googlenet/nn').Inception).split('\\n')[0]);
      readRecordedModels().catch(({ message }) => console.log(message));`;
    const { stdout, stderr } = runNode(project, ['-e', script]);
    const [directory = '', first, missing] = stdout.split('\n');
    assert.equal(path.dirname(directory), path.join('output', 'runs'), stderr);
    assert.equal(first, '// lib/nn/inception.ts');
    assert.match(
      missing ?? '',
      /kept_models\.csv is not there: .*copy it from the lecture's repository/,
    );
  });
});

suite('the set-up of TensorFlow alone', () => {
  let project = '';
  before(() => {
    project = makeProject(COMMAND);
    const { status, stderr } = makeTensorFlow(project, COMMAND);
    assert.equal(status, 0, stderr);
  });

  test("a program that knows TensorFlow.js alone computes on TensorFlow's C library", () => {
    const program = `
      const tf = require('@tensorflow/tfjs-node-gpu');
      const product = tf.matMul([[1, 2], [3, 4]], [[1, 2], [3, 4]]);
      console.log(tf.backend().binding.TF_Version, product.dataSync().join());`;
    const { stdout, stderr } = runNode(project, [
      ...['--require', `${COMMAND}/node-compat`, '-e', program],
    ]);
    assert.equal(stdout, '2.21.0 7,10,15,22\n', stderr);
  });

  test('is done once, from any folder of the project, and again when node_modules was made anew', () => {
    const before = statSync(addonOf(project)).mtimeMs;
    const inside = path.join(project, 'src');
    mkdirSync(inside);
    const command = path.join(project, 'node_modules', COMMAND, `${COMMAND}.mjs`);
    for (const folder of [project, inside]) {
      const { stdout, stderr } = runNode(folder, [command]);
      assert.ok(stdout.endsWith(NOTHING_TO_DO), stderr);
      assert.equal(stderr, '');
    }
    assert.equal(statSync(addonOf(project)).mtimeMs, before);

    const made = path.join(project, 'made.node');
    cpSync(addonOf(project), made);
    installBackend(project);
    const tools = path.join(project, 'tools');
    mkdirSync(tools);
    const tool = (name: string, script: string) => {
      writeFileSync(path.join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    tool('python3', `exec "${PATHS.python}" "$@"`);
    const env = { PATH: tools, GOOGLENET_TENSORFLOW: chooseBuild() };
    const without = makeTensorFlow(project, COMMAND, env);
    assert.equal(without.status, 1);
    assert.match(without.stderr, /^A C\+\+ compiler was not found: install one \(.*\n$/);

    // Stands for the compiler, which has made it once.
    tool('c++', `while [ $# -gt 0 ]; do [ "$1" = -o ] && /bin/cp "${made}" "$2"; shift; done`);
    const { status, stdout, stderr } = makeTensorFlow(project, COMMAND, env);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /is ready for @tensorflow\/tfjs-node-gpu\.\n$/);
    assert.match(stderr, /^ {2}tfjs-node-gpu addon: ready after/m);
    assert.doesNotMatch(stderr, /^ {2}TensorFlow/m);
  });

  test('says what to install where there is no TensorFlow.js for Node, and leaves nothing', () => {
    const other = path.join(work, 'another project');
    mkdirSync(other);
    const command = path.join(project, 'node_modules', COMMAND, `${COMMAND}.mjs`);
    const { status, stderr } = runNode(other, [command]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^There is no TensorFlow\.js for Node in .*npm install --ignore-scripts @tensorflow\/tfjs-node-gpu@4\.22\.0\n$/,
    );
    assert.deepEqual(readdirSync(other), []);
    const { stderr: refused } = runNode(other, [command, '--fast']);
    assert.equal(refused, `${COMMAND} does not know "--fast". Usage: npx ${COMMAND}\n`);
  });
});
