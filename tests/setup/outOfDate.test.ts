import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { PROJECT } from '../../lib/setup/paths.mjs';

/** Set-up's own files in a project of their own, with a library of one source. */
const project = mkdtempSync(path.join(tmpdir(), 'out of date '));
const inProject = (...parts: string[]) => path.join(project, ...parts);

const COPIED = ['lib/setup', 'lib/tsconfig.json', 'tsconfig.base.json', 'package-lock.json'];

before(() => {
  for (const file of COPIED) cpSync(path.join(PROJECT, file), inProject(file), { recursive: true });
  symlinkSync(path.join(PROJECT, 'node_modules'), inProject('node_modules'));
  mkdirSync(inProject('lib', 'part'));
  writeFileSync(inProject('lib', 'part', 'source.ts'), 'export const one = 1;\n');
});
after(() => {
  rmSync(project, { recursive: true });
});

/** What `expression` is, of the steps of the project in `folder`. */
function evaluate(expression: string, folder = project): unknown {
  const script = `
    import { addon } from './lib/setup/addon.mjs';
    import { PATHS } from './lib/setup/paths.mjs';
    import { compiledLibrary as library } from './lib/setup/compiledLibrary.mjs';
    import { setupSteps } from './lib/setup/ready.mjs';
    import { isDone } from './lib/setup/setupStep.mjs';
    import { chooseBuild, tensorFlow } from './lib/setup/tensorflow.mjs';
    console.log(JSON.stringify(${expression}));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: folder,
    }),
  );
}

test('a compiled file that is gone is made again, one without a source is removed', () => {
  const compiled = inProject('lib', 'dist', 'part', 'source.js');
  const left = inProject('lib', 'dist', 'part', 'left.js');
  const make = '(await library.make(), library.present())';
  assert.equal(evaluate(make), true);
  writeFileSync(left, '');
  rmSync(compiled);
  assert.equal(evaluate('library.present()'), false);
  assert.equal(evaluate(make), true);
  assert.ok(existsSync(compiled));
  assert.equal(existsSync(left), false);
});

test('nothing is out of date where the project has been made ready', () => {
  const late = 'setupSteps(chooseBuild()).filter((step) => !isDone(step)).map(({ name }) => name)';
  assert.deepEqual(evaluate(late, PROJECT), []);
});

test('a step is out of date when what makes its result has changed, not when the project is moved', () => {
  const fingerprints = (folder = project) =>
    evaluate(
      `[tensorFlow('cpu', 'python3'), addon('c++', 'cpu', PATHS.backend), library].map((step) => step.fingerprint())`,
      folder,
    ) as string[];
  const changed = (file: string) => {
    const earlier = fingerprints();
    appendFileSync(inProject(file), '\n');
    const later = fingerprints();
    return ['TensorFlow', 'addon', 'library'].filter((_, at) => earlier[at] !== later[at]);
  };
  const [, here] = fingerprints();
  assert.equal(here, fingerprints(PROJECT)[1]);
  assert.deepEqual(changed('lib/setup/unpack_tensorflow.py'), ['TensorFlow']);
  assert.deepEqual(changed('package-lock.json'), ['library']);
  assert.deepEqual(changed('lib/part/source.ts'), ['library']);
});
