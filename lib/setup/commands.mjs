// @ts-check
import { runBounds } from './bounds.mjs';
import { explainError } from './causes.mjs';
import { doctor } from './doctor.mjs';
import { tensorFlowEnvironment } from './environment.mjs';
import { runnerArguments } from './notebooks.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { makeReady } from './ready.mjs';
import { runForeground } from './run.mjs';
import { runTests } from './tests.mjs';

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const COMMANDS = {
  async start() {
    await makeReady();
    return runForeground(PATHS.python, runnerArguments(PATHS.output));
  },
  async test() {
    await makeReady();
    return runTests();
  },
  async bounds() {
    await makeReady();
    return runBounds();
  },
  async lab(args) {
    await makeReady();
    return runForeground(PATHS.python, [
      '-m',
      'jupyterlab',
      `--notebook-dir=${PATHS.notebooks}`,
      '--MultiKernelManager.default_kernel_name=tslab',
      // JupyterLab refuses root, who is the user of most containers.
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
      ...args,
    ]);
  },
  train: (args) => runCompiled(PATHS.trainCommand, args),
  bench: (args) => runCompiled(PATHS.benchCommand, args),
  report: (args) => runCompiled(PATHS.reportCommand, args),
  doctor,
};

/**
 * Runs a command of the compiled library in the folder where the user stands.
 * @param {string} script
 * @param {string[]} args
 */
async function runCompiled(script, args) {
  await makeReady();
  return runForeground(process.execPath, [script, ...args], {
    env: tensorFlowEnvironment(),
    cwd: process.env.INIT_CWD ?? PROJECT,
  });
}

/**
 * @param {string[]} argv the command's name and its arguments
 */
export async function runCommand([name = '', ...args]) {
  const command = COMMANDS[name];
  if (!command) {
    console.error(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await command(args);
  } catch (error) {
    const text = explainError(error);
    if (text === undefined) throw error;
    console.error(`\n${text}`);
    process.exitCode = 1;
  }
}
