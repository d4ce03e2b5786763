import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import * as path from 'node:path';
import { PACKAGE_DIRECTORY, PROJECT_DIRECTORY } from '../files';

const REQUIREMENT = readFileSync(
  path.join(PACKAGE_DIRECTORY, 'setup', 'locks', 'pytorch.txt'),
  'utf8',
);

/** The version that set-up installs for the benchmark. */
export const PYTORCH_VERSION = /^torch==(.+)$/m.exec(REQUIREMENT)?.[1] ?? '';

/** What that takes on the disk, in the user's words. */
export const INSTALLED_SIZE =
  process.platform === 'linux'
    ? 'about 6 GB with CUDA, 1 GB where pip finds a CPU build'
    : 'about 1 GB';

/** The Python of that installation. */
const INSTALLED = path.join(PROJECT_DIRECTORY, '.cache', 'bench-venv', 'bin', 'python');

/**
 * The Python whose PyTorch is measured: that of `GOOGLENET_BENCH_PYTHON`, or else of set-up's
 * installation; undefined where neither is there.
 * @throws Error if `GOOGLENET_BENCH_PYTHON` names a Python without PyTorch
 */
export function findPyTorch(installed = INSTALLED): string | undefined {
  const named = process.env.GOOGLENET_BENCH_PYTHON;
  if (!named) return hasPyTorch(installed) ? installed : undefined;
  // The launcher hides the user's own packages, among which this PyTorch may be.
  const env = { ...process.env, PYTHONNOUSERSITE: undefined };
  if (spawnSync(named, ['-c', 'import torch'], { env }).status === 0) return named;
  throw new Error(
    `GOOGLENET_BENCH_PYTHON is ${named}, which is no Python with PyTorch: name another, or unset it and run npm run bench -- --install-peers`,
  );
}

/**
 * The same Python by a path without spaces, at which `torch.compile` splits its compiler's commands.
 * @param directory where a link may be made; its own path has no spaces
 */
export function withoutSpaces(python: string, directory: string): string {
  if (!/\s/.test(python)) return python;
  const link = path.join(directory, 'python');
  symlinkSync(path.resolve(python, '..', '..'), link);
  return path.join(link, 'bin', path.basename(python));
}

/**
 * Whether a Python finds PyTorch of that version, which pip installs after all that it needs: the
 * Python may have been removed since, or be another by now. To import it would take seconds.
 */
function hasPyTorch(python: string): boolean {
  const question = 'import importlib.metadata; print(importlib.metadata.version("torch"))';
  const { stdout } = spawnSync(python, ['-I', '-c', question], { encoding: 'utf8' });
  // Null where there is no such Python; 2.13.0+cpu is a build of 2.13.0.
  return (stdout as string | null)?.split(/[+\s]/)[0] === PYTORCH_VERSION;
}
