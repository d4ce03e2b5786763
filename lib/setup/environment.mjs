// @ts-check
import * as path from 'node:path';
import { PATHS } from './paths.mjs';

/** Of a user's Python and Jupyter: they would lead into environments other than the project's. */
const NOT_INHERITED = [
  'PYTHONHOME',
  'PYTHONPATH',
  'PIP_PREFIX',
  'PIP_REQUIRE_VIRTUALENV',
  'PIP_TARGET',
  'PIP_USER',
  'JUPYTER_CONFIG_PATH',
  'JUPYTER_PATH',
];

/**
 * Settings that must be there when a process with TensorFlow starts; node-compat.cjs makes the others.
 * @param {NodeJS.Platform} [platform]
 * @returns {Record<string, string>}
 */
export function kernelEnvironment(platform = process.platform) {
  return {
    // What a driver compiles for its GPU is kept; its default place is the user's home.
    CUDA_CACHE_PATH: path.join(PATHS.cache, 'cuda'),
    // Huge pages for what malloc hands out: TensorFlow's large buffers gain by it. One arena, in
    // which what one thread has freed serves another.
    ...(platform === 'linux' && {
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1',
    }),
  };
}

/**
 * Settings for every Node process that trains outside a kernel: scripts and tests.
 * @returns {Record<string, string>}
 */
export function tensorFlowEnvironment() {
  return { ...kernelEnvironment(), NODE_OPTIONS: requireOption(PATHS.nodeCompat) };
}

/**
 * The value of NODE_OPTIONS that loads a file first, and keeps what the user has there. Node splits
 * it at spaces that are not in double quotes, and reads a backslash in them as JSON does.
 * @param {string} file
 * @param {string} [inherited]
 */
export function requireOption(file, inherited = process.env.NODE_OPTIONS) {
  const option = `--require=${JSON.stringify(file)}`;
  if (!inherited || inherited.includes(option)) return inherited || option;
  return `${inherited} ${option}`;
}

/**
 * The environment of the programs that set-up runs: caches, temporary files and Jupyter's settings
 * stay in the project, and the user's own are neither read nor written.
 * @returns {NodeJS.ProcessEnv}
 */
export function projectEnvironment() {
  /** @type {NodeJS.ProcessEnv} */
  const environment = {
    ...process.env,
    TMPDIR: PATHS.temporary,
    npm_config_cache: path.join(PATHS.cache, 'npm'),
    PIP_CACHE_DIR: path.join(PATHS.cache, 'pip'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONUNBUFFERED: '1',
    // Paths, notebooks and what is printed are UTF-8 whatever the user's locale is, as they are in Node.
    PYTHONUTF8: '1',
    JUPYTER_CONFIG_DIR: path.join(PATHS.jupyter, 'config'),
    JUPYTER_DATA_DIR: path.join(PATHS.jupyter, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(PATHS.jupyter, 'runtime'),
    JUPYTER_PLATFORM_DIRS: '1',
    IPYTHONDIR: path.join(PATHS.jupyter, 'ipython'),
  };
  for (const name of NOT_INHERITED) delete environment[name];
  if (process.env.CIFAR10_DIR) {
    // Seen from where the user stands: a notebook's kernel stands in notebooks.
    const here = process.env.INIT_CWD ?? process.cwd();
    environment.CIFAR10_DIR = path.resolve(here, process.env.CIFAR10_DIR);
  }
  return environment;
}
