// @ts-check
import * as path from 'node:path';
import { PATHS } from './paths.mjs';

/**
 * Settings that TensorFlow and Node need when a process starts, for every process that trains:
 * kernels, scripts, tests.
 * @param {NodeJS.Platform} [platform]
 * @returns {Record<string, string>}
 */
export function tensorFlowEnvironment(platform = process.platform) {
  return {
    // Node splits NODE_OPTIONS at spaces that are not quoted.
    NODE_OPTIONS: `--require=${JSON.stringify(PATHS.nodeCompat)}`,
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Huge pages for what malloc hands out: TensorFlow's large buffers gain by it.
    ...(platform === 'linux' && { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }),
  };
}

/**
 * The environment of the programs that set-up runs: caches, temporary files and Jupyter's settings
 * stay in the project, and the user's own are neither read nor written.
 * @returns {NodeJS.ProcessEnv}
 */
export function projectEnvironment() {
  return {
    ...process.env,
    TMPDIR: PATHS.temporary,
    npm_config_cache: path.join(PATHS.cache, 'npm'),
    PIP_CACHE_DIR: path.join(PATHS.cache, 'pip'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PYTHONUNBUFFERED: '1',
    JUPYTER_CONFIG_DIR: path.join(PATHS.jupyter, 'config'),
    JUPYTER_DATA_DIR: path.join(PATHS.jupyter, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(PATHS.jupyter, 'runtime'),
    JUPYTER_PLATFORM_DIRS: '1',
    IPYTHONDIR: path.join(PATHS.jupyter, 'ipython'),
  };
}
