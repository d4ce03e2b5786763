// @ts-check
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { doctor } from './doctor.mjs';
import { tensorFlowEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { Problem } from './problem.mjs';
import { makeReady } from './ready.mjs';
import { runForeground } from './run.mjs';
import { runTests } from './tests.mjs';

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const COMMANDS = {
  async start() {
    await makeReady();
    const notebooks = readdirSync(PATHS.notebooks)
      .filter((file) => file.endsWith('.ipynb'))
      .sort();
    return runForeground(PATHS.python, [
      PATHS.runNotebooks,
      '--output',
      PATHS.output,
      ...notebooks.map((file) => path.join(PATHS.notebooks, file)),
    ]);
  },
  async test() {
    await makeReady();
    return runTests();
  },
  async lab(args) {
    await makeReady();
    return runForeground(PATHS.python, [
      '-m',
      'jupyterlab',
      '--notebook-dir',
      PATHS.notebooks,
      '--MultiKernelManager.default_kernel_name=tslab',
      ...args,
    ]);
  },
  async train(args) {
    await makeReady();
    return runForeground(process.execPath, [PATHS.trainCommand, ...args], {
      env: tensorFlowEnvironment(),
      cwd: process.env.INIT_CWD ?? PROJECT,
    });
  },
  doctor,
};

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) {
  console.error(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
  process.exit(2);
}
try {
  process.exitCode = await command(args);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
