// @ts-check
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { kernelEnvironment } from './environment.mjs';
import { PATHS } from './paths.mjs';
import { fingerprint } from './setupStep.mjs';

const FILE = path.join(PATHS.kernel, 'kernel.json');

/**
 * tslab in the project's own Jupyter. It names this Node and this folder, so it is written anew when
 * either changes.
 * @type {import('./setupStep.mjs').SetupStep}
 */
export const kernel = {
  name: 'tslab kernel',
  duration: 'a moment',
  fingerprint: () => fingerprint(kernelSpec()),
  present() {
    try {
      return readFileSync(FILE, 'utf8') === kernelSpec();
    } catch {
      return false;
    }
  },
  async make() {
    mkdirSync(PATHS.kernel, { recursive: true });
    writeFileSync(`${FILE}.unfinished`, kernelSpec());
    renameSync(`${FILE}.unfinished`, FILE);
  },
};

/** The kernel's description for Jupyter. */
export function kernelSpec() {
  return JSON.stringify(
    {
      argv: [
        process.execPath,
        '--require',
        PATHS.nodeCompat,
        '--require',
        PATHS.endWithJupyter,
        '--require',
        PATHS.mendTslab,
        PATHS.tslab,
        'kernel',
        '--config-path={connection_file}',
      ],
      display_name: 'TypeScript',
      language: 'typescript',
      // tslab stops the running cell at SIGINT.
      interrupt_mode: 'signal',
      // Jupyter reads a dollar sign as the start of a variable's name.
      env: Object.fromEntries(
        Object.entries(kernelEnvironment()).map(([name, value]) => [
          name,
          value.replaceAll('$', '$$$$'),
        ]),
      ),
    },
    undefined,
    2,
  );
}
