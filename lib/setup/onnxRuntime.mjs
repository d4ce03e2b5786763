// @ts-check
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { clearDownloads } from './npmPackages.mjs';
import { PATHS } from './paths.mjs';
import { runLogged } from './programs.mjs';
import { fingerprint } from './setupStep.mjs';

/**
 * ONNX Runtime's package for Node, which the benchmark measures where it is there.
 * @returns {import('./setupStep.mjs').SetupStep}
 */
export const onnxRuntime = () => ({
  name: 'ONNX Runtime',
  duration: '300 MB: about half a minute',
  fingerprint: () =>
    fingerprint(readFileSync(path.join(PATHS.onnxRuntimeLock, 'package-lock.json'))),
  present: () => existsSync(path.join(PATHS.onnxRuntime, 'node_modules', 'onnxruntime-node')),
  async make() {
    rmSync(PATHS.onnxRuntime, { recursive: true, force: true });
    cpSync(PATHS.onnxRuntimeLock, PATHS.onnxRuntime, { recursive: true });
    // Its install script fetches what CUDA needs; what a CPU needs is in the package.
    await runLogged('ONNX Runtime', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: PATHS.onnxRuntime,
    });
    clearDownloads();
  },
});
