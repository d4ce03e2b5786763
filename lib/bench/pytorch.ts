import { execFileSync, spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import { lockDirectory, PROJECT_DIRECTORY } from '../files';

/** The version that the benchmark installs and measures. */
export const PYTORCH_VERSION = '2.13.0';

/** What the installation takes on the disk, in the user's words. */
export const INSTALLED_SIZE =
  process.platform === 'linux'
    ? 'about 6 GB with CUDA, 1 GB where pip finds a CPU build'
    : 'about 1 GB';

/** The Python that set-up chose: others on the machine may be too old. */
const PROJECT_PYTHON = path.join(PROJECT_DIRECTORY, '.venv', 'bin', 'python');

const INSTALLATION = path.join(PROJECT_DIRECTORY, '.cache', 'bench-venv');

/**
 * The Python whose PyTorch is measured: that of `GOOGLENET_BENCH_PYTHON`, or else of the
 * benchmark's own installation; undefined where neither is there.
 * @throws Error if `GOOGLENET_BENCH_PYTHON` names a Python without PyTorch
 */
export function findPyTorch(directory = INSTALLATION): string | undefined {
  const named = process.env.GOOGLENET_BENCH_PYTHON;
  if (!named) return isComplete(directory) ? pythonOf(directory) : undefined;
  // The launcher hides the user's own packages, among which this PyTorch may be.
  const env = { ...process.env, PYTHONNOUSERSITE: undefined };
  if (spawnSync(named, ['-c', 'import torch'], { env }).status === 0) return named;
  throw new Error(
    `GOOGLENET_BENCH_PYTHON is ${named}, which is no Python with PyTorch: name another, or unset it and run npm run bench -- --install-pytorch`,
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
 * Makes the benchmark's own Python environment with PyTorch, inside the project. One that is whole
 * is left as it is, an unfinished one is made anew.
 *
 * @param packages arguments of `pip install`
 * @throws Error that says which step failed, or that another installation is under way
 */
export async function installPyTorch(
  packages: readonly string[] = [`torch==${PYTORCH_VERSION}`],
  directory = INSTALLATION,
): Promise<void> {
  const release = await lockDirectory(directory, {
    taken: 'PyTorch is being installed by another npm run bench -- --install-pytorch: wait for it',
  });
  try {
    if (isComplete(directory)) return;
    await rm(directory, { recursive: true, force: true });
    const run = (python: string, ...args: string[]) =>
      execFileSync(python, ['-m', ...args], { stdio: 'inherit' });
    run(PROJECT_PYTHON, 'venv', directory);
    run(pythonOf(directory), 'pip', 'install', '--only-binary=:all:', ...packages);
  } catch (cause) {
    throw new Error(
      `PyTorch could not be installed: ${(cause as Error).message}. The benchmark runs without it; to try again: npm run bench -- --install-pytorch`,
      { cause },
    );
  } finally {
    await release();
  }
}

/**
 * Whether its Python finds PyTorch, which pip installs after all that it needs: the Python may have
 * been removed since, or be of another version by now. To import it would take seconds.
 */
function isComplete(directory: string): boolean {
  const question = 'import importlib.metadata; print(importlib.metadata.version("torch"))';
  const { stdout } = spawnSync(pythonOf(directory), ['-I', '-c', question], { encoding: 'utf8' });
  // Null where there is no such Python; 2.13.0+cpu is a build of 2.13.0.
  return (stdout as string | null)?.split(/[+\s]/)[0] === PYTORCH_VERSION;
}

function pythonOf(directory: string): string {
  return path.join(directory, 'bin', 'python');
}
