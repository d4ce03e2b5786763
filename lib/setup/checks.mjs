// @ts-check
import * as path from 'node:path';
import { tensorFlowEnvironment } from './environment.mjs';
import { PATHS } from './paths.mjs';
import { LARGEST_FAILURE, runForeground } from './programs.mjs';

const tool = (/** @type {string[]} */ ...parts) => path.join(PATHS.modules, ...parts);
const TYPESCRIPT = tool('typescript', 'bin', 'tsc');
const LINT = [tool('eslint', 'bin', 'eslint.js'), '.'];
const FORMAT = [tool('prettier', 'bin', 'prettier.cjs'), '--log-level=warn'];

/** @type {readonly [title: string, args: string[]][]} */
const CHECKS = [
  ['types of the tests', [TYPESCRIPT, '-p', 'tests']],
  ['types of the web page', [TYPESCRIPT, '-p', path.join('lib', 'web')]],
  ['types of the set-up', [TYPESCRIPT, '-p', path.join('lib', 'setup')]],
  ['lint', LINT],
  ['format', [...FORMAT, '--check', '.']],
  [
    'layers',
    [
      tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'lib',
    ],
  ],
];

const node = (/** @type {string[]} */ args) =>
  runForeground(process.execPath, args, { env: tensorFlowEnvironment() });

/**
 * Types, lint, format and layers; goes on after a failure, so that one run shows them all.
 * @returns {Promise<{ passed: number, failed: string[], stopped?: number }>} `stopped`: the exit
 *   code where a signal ended one of them
 */
export async function runChecks() {
  /** @type {string[]} */
  const failed = [];
  for (const [title, args] of CHECKS) {
    console.log(`\n# ${title}`);
    const code = await node(args);
    if (code > LARGEST_FAILURE) return { passed: 0, failed, stopped: code };
    if (code !== 0) failed.push(title);
    console.log(`${title}: ${code === 0 ? 'passed' : 'FAILED'}`);
  }
  return { passed: CHECKS.length - failed.length, failed };
}

export const runLint = () => node(LINT);

/** Writes every file as the project's format has it. */
export const runFormat = () => node([...FORMAT, '--write', '.']);

/** API pages of the library's doors, in output/api. */
export const runDocs = () => node([tool('typedoc', 'bin', 'typedoc')]);
