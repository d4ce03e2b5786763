// @ts-check
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { tensorFlowEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { runForeground } from './run.mjs';

const TESTS = path.join(PROJECT, 'tests');

/** Types, lint, layers, then every test; goes on after a failure, so that one run shows them all. */
export async function runTests() {
  const tool = (/** @type {string[]} */ ...parts) => path.join(PATHS.modules, ...parts);
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => path.join(TESTS, file));
  /** @type {[title: string, args: string[]][]} */
  const checks = [
    ['types of the tests', [tool('typescript', 'bin', 'tsc'), '-p', 'tests']],
    ['types of the set-up', [tool('typescript', 'bin', 'tsc'), '-p', path.join('lib', 'setup')]],
    ['lint', [tool('eslint', 'bin', 'eslint.js'), '.']],
    [
      'layers',
      [
        tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
        '--config',
        '.dependency-cruiser.cjs',
        'lib',
      ],
    ],
    [
      'tests',
      ['--import', 'tsx', '--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
    ],
  ];
  let failed = 0;
  for (const [title, args] of checks) {
    console.log(`\n# ${title}`);
    const code = await runForeground(process.execPath, args, { env: tensorFlowEnvironment() });
    if (code !== 0) failed++;
    console.log(code === 0 ? `${title}: passed` : `${title}: FAILED`);
  }
  return failed === 0 ? 0 : 1;
}
