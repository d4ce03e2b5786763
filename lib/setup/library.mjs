// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './run.mjs';
import { fingerprint } from './step.mjs';

const LIB = path.join(PROJECT, 'lib');

/**
 * The `googlenet` package that notebooks import, compiled. TypeScript does again only what changed.
 * @type {import('./step.mjs').Step}
 */
export const library = {
  name: 'library',
  duration: 'about 10 seconds',
  fingerprint: () =>
    fingerprint(
      readFileSync(path.join(PROJECT, 'tsconfig.base.json')),
      ...sources().flatMap((file) => [file, readFileSync(path.join(LIB, file))]),
    ),
  present: () => existsSync(PATHS.trainCommand),
  async make() {
    const compiler = path.join(PATHS.modules, 'typescript', 'bin', 'tsc');
    await runLogged('library', process.execPath, [compiler, '-b', 'lib']);
  },
};

function sources() {
  const made = (/** @type {string} */ file) =>
    file.startsWith(`dist${path.sep}`) || file.includes('node_modules');
  return readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((file) => (file.endsWith('.ts') || file.endsWith('.json')) && !made(file))
    .sort();
}
