import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_DIRECTORY } from '../files';
import type { Work } from './protocol';
import type { Variant } from './variants';

/** What a variant's process is started for, and where. */
export interface Start {
  work: Work;
  batch: number;
  /** A folder where the process may leave files. */
  temporary: string;
  /** Whether this library computes on a GPU. */
  gpu: boolean;
}

/**
 * The environment that a variant's process starts in: what helps it, and nothing of what helps
 * another. PyTorch's own rows get huge pages and an allocator that keeps what is freed; the
 * lecture's code runs as `python` starts it. Where this library is on the CPU, PyTorch is too.
 */
export async function variantEnvironment(
  { library, settings }: Variant,
  { work, batch, temporary, gpu }: Start,
): Promise<NodeJS.ProcessEnv> {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    TMPDIR: temporary,
    // One each: what was compiled for other work would make the first call short.
    TORCHINDUCTOR_CACHE_DIR: path.join(temporary, 'torchinductor', `${work}-${batch}`),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  delete environment.GLIBC_TUNABLES;
  if (library === 'googlenet') return { ...environment, ...(await tensorFlowEnvironment()) };
  // This project's settings for Node mean nothing to Python, and hide the user's own packages.
  delete environment.NODE_OPTIONS;
  delete environment.PYTHONNOUSERSITE;
  if (!gpu) environment.CUDA_VISIBLE_DEVICES = '-1';
  if (!('pytorch' in settings) || !settings.pytorch.tuned) return environment;
  return {
    ...environment,
    THP_MEM_ALLOC_ENABLE: '1',
    GLIBC_TUNABLES: [
      'glibc.malloc.hugetlb=1',
      `glibc.malloc.mmap_threshold=${4 * 2 ** 30}`,
      `glibc.malloc.trim_threshold=${16 * 2 ** 30}`,
    ].join(':'),
  };
}

/** What the project's launchers start Node with; set-up is plain JavaScript beside the build. */
export async function tensorFlowEnvironment(): Promise<Record<string, string>> {
  const file = path.join(PROJECT_DIRECTORY, 'lib', 'setup', 'environment.mjs');
  const module = (await import(pathToFileURL(file).href)) as {
    tensorFlowEnvironment(): Record<string, string>;
  };
  return module.tensorFlowEnvironment();
}
