// @ts-check
import { readArguments } from './arguments.mjs';
import { runBounds } from './bounds.mjs';
import { explainError } from './causes.mjs';
import { runChecks, runDocs, runFormat, runLint } from './checks.mjs';
import { doctor } from './doctor.mjs';
import { tensorFlowEnvironment } from './environment.mjs';
import { labArguments } from './lab.mjs';
import { runPack } from './pack.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { makeReady } from './ready.mjs';
import { onnxRuntime } from './onnxRuntime.mjs';
import { bookEnvironment, pytorchEnvironment } from './pythonEnvironment.mjs';
import { runForeground } from './programs.mjs';
import { start } from './start.mjs';
import { namedTestFiles, runAllTests, runTestFiles } from './tests.mjs';

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const COMMANDS = {
  start,
  setup: alone('setup', async () => 0),
  async test(args) {
    const { positionals } = readArguments('test', args, { positionals: '[FILE or FOLDER …]' });
    const files = namedTestFiles(positionals);
    await makeReady(bookEnvironment);
    return files.length > 0 ? runTestFiles(files) : runAllTests();
  },
  bounds: alone('bounds', runBounds),
  check: alone('check', async () => {
    const { failed, stopped } = await runChecks();
    return stopped ?? (failed.length > 0 ? 1 : 0);
  }),
  lint: alone('lint', runLint),
  format: alone('format', runFormat),
  docs: alone('docs', runDocs),
  pack: alone('pack', runPack),
  async lab(args) {
    // Where they cannot be made, JupyterLab still has the English ones.
    await runCompiled(PATHS.koreanNotebooksCommand, []);
    return runForeground(PATHS.python, [...labArguments(), ...args]);
  },
  train: (args) => runCompiled(PATHS.trainCommand, args),
  sweep: (args) => runCompiled(PATHS.sweepCommand, args),
  worker: (args) => runCompiled(PATHS.workerCommand, args),
  async bench(args) {
    if (args.includes('--install-peers')) await makeReady(pytorchEnvironment, onnxRuntime);
    return runCompiled(PATHS.benchCommand, args);
  },
  async book(args) {
    await makeReady(bookEnvironment);
    if (!args.includes('--help')) {
      // Loaded here, since it needs what set-up installs.
      const { buildWebPage } = await import('../web/build.mjs');
      await buildWebPage(PATHS.webPage, { en: '../en/index.html', ko: '../ko/index.html' });
    }
    return runCompiled(PATHS.bookCommand, [PATHS.bookPython, ...args]);
  },
  async report(args) {
    readArguments('report', args);
    return runCompiled(PATHS.reportCommand, []);
  },
  async doctor(args) {
    const { values } = readArguments('doctor', args, { options: { json: { type: 'boolean' } } });
    return doctor({ json: values.json ?? false });
  },
};

/**
 * A command that takes no arguments: whatever stands behind its name is refused before anything
 * is made.
 * @param {string} name
 * @param {() => Promise<number>} run
 * @returns {(args: string[]) => Promise<number>}
 */
function alone(name, run) {
  return async (args) => {
    readArguments(name, args);
    await makeReady();
    return run();
  };
}

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
    channel: true,
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
