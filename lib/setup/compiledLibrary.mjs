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

/** What the compiler reads: not what it made, nor what is compiled elsewhere. */
function sources() {
  /** @type {{ exclude: string[] }} */
  const { exclude } = JSON.parse(readFileSync(path.join(LIB, 'tsconfig.json'), 'utf8'));
  const excluded = ['node_modules', ...exclude].map((folder) => path.normalize(`${folder}/`));
  return readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') || file.endsWith('.json'))
    .filter((file) => !excluded.some((folder) => file.startsWith(folder)))
    .sort();
}
