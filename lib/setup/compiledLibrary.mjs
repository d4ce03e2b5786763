// @ts-check
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';

const LIB = path.join(PROJECT, 'lib');
const DIST = path.join(LIB, 'dist');

/**
 * The `googlenet` package that notebooks import, compiled.
 * @type {import('./setupStep.mjs').SetupStep}
 */
export const compiledLibrary = {
  name: 'library',
  duration: 'about 10 seconds',
  fingerprint: () =>
    fingerprint(
      readFileSync(path.join(PROJECT, 'tsconfig.base.json')),
      // TypeScript's version is in it.
      readFileSync(path.join(PROJECT, 'package-lock.json')),
      ...sources().flatMap((file) => [file, readFileSync(path.join(LIB, file))]),
    ),
  present: () =>
    sources()
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .every((file) => existsSync(path.join(DIST, file.replace(/\.ts$/, '.js')))),
  async make() {
    // TypeScript looks at its own notes of what it made: it would neither make again what somebody
    // removed, nor remove what has no source any more.
    rmSync(DIST, { recursive: true, force: true });
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
