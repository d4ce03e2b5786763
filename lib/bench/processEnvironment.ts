import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import type { Task } from './plan';

/**
 * The environment that a variant's process starts in: what helps it, and nothing of what helps
 * another. This library's has the launcher's settings, as the benchmark itself; PyTorch's own rows
 * get huge pages and an allocator that keeps what is freed; the lecture's code runs as `python`
 * starts it, and ONNX Runtime as `node` does. Where this library is on the CPU, PyTorch is too.
 *
 * @param temporary a folder where the process may leave files
 * @param gpu whether this library computes on a GPU
 */
export function processEnvironment(
  { variant, work, batch }: Task,
  temporary: string,
  gpu: boolean,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, TMPDIR: temporary };
  if (variant.library === 'googlenet') return environment;
  // This project's settings for Node mean nothing to Python, and hide the user's own packages.
  delete environment.NODE_OPTIONS;
  delete environment.PYTHONNOUSERSITE;
  delete environment.GLIBC_TUNABLES;
  if (variant.library === 'ONNX Runtime') return environment;
  environment.PYTHONDONTWRITEBYTECODE = '1';
  // One each: what was compiled for other work would make the first call short.
  environment.TORCHINDUCTOR_CACHE_DIR = path.join(temporary, 'torchinductor', `${work}-${batch}`);
  // Of a network for inference: weights become constants, laid out once as the kernels want them.
  environment.TORCHINDUCTOR_FREEZING = '1';
  if (!gpu) environment.CUDA_VISIBLE_DEVICES = '-1';
  if (variant.tuned) {
    // As many threads as this library takes by itself.
    environment.OMP_NUM_THREADS = String(availableParallelism());
    environment.THP_MEM_ALLOC_ENABLE = '1';
    environment.GLIBC_TUNABLES = [
      'glibc.malloc.hugetlb=1',
      `glibc.malloc.mmap_threshold=${4 * 2 ** 30}`,
      `glibc.malloc.trim_threshold=${16 * 2 ** 30}`,
    ].join(':');
  }
  return environment;
}
