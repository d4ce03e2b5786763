// @ts-check
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT } from './paths.mjs';
import { runForeground } from './programs.mjs';

const PACKAGES = ['./lib', './lib/setup'];

/** What `npm install` takes, of the library and of the set-up of TensorFlow alone. */
export function runPack() {
  const destination = path.join(PROJECT, 'output', 'packages');
  mkdirSync(destination, { recursive: true });
  return runForeground('npm', ['pack', ...PACKAGES, '--pack-destination', destination]);
}
