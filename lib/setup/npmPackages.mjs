// @ts-check
import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';
import { removeUnused } from './unused.mjs';

/** @type {import('./setupStep.mjs').SetupStep} */
export const npmPackages = {
  name: 'npm packages',
  duration: 'about a minute',
  fingerprint: () =>
    fingerprint(
      readFileSync(path.join(PROJECT, 'package-lock.json')),
      process.platform,
      process.arch,
    ),
  present: () => existsSync(PATHS.tslab) && existsSync(PATHS.backend),
  async make() {
    // Install scripts are not run: that of tfjs-node-gpu fetches a TensorFlow of 2022 from where
    // it no longer is, and the other packages bring what they need ready-made.
    await runLogged('npm packages', 'npm', [
      'ci',
      '--ignore-scripts',
      '--include=dev',
      '--no-audit',
      '--no-fund',
    ]);
    removeUnused(PATHS.modules);
    clearDownloads();
  },
};

/** Removes what npm has downloaded, once it is installed. */
export function clearDownloads() {
  rmSync(path.join(PATHS.cache, 'npm', '_cacache'), { recursive: true, force: true });
}
