// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PATHS, PROJECT } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';

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
  },
};
