// @ts-check
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { tensorFlowEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { runForeground } from './run.mjs';

const TESTS = path.join(PROJECT, 'tests');
const RESULTS = path.join(PATHS.logs, 'tests.tap');
/** Exit codes above are those of signals: whoever sent one wants all to end. */
const LARGEST_FAILURE = 128;

/** Types, lint, format, layers, then every test; goes on after a failure, so that one run shows them all. */
export async function runTests() {
  const tool = (/** @type {string[]} */ ...parts) => path.join(PATHS.modules, ...parts);
  const typescript = tool('typescript', 'bin', 'tsc');
  /** @type {[title: string, args: string[]][]} */
  const checks = [
    ['types of the tests', [typescript, '-p', 'tests']],
    ['types of the set-up', [typescript, '-p', path.join('lib', 'setup')]],
    ['lint', [tool('eslint', 'bin', 'eslint.js'), '.']],
    ['format', [tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level=warn', '.']],
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
  /** @type {string[]} */
  const failedChecks = [];
  for (const [title, args] of checks) {
    console.log(`\n# ${title}`);
    const code = await runForeground(process.execPath, args, { env: tensorFlowEnvironment() });
    if (code > LARGEST_FAILURE) return code;
    if (code !== 0) failedChecks.push(title);
    console.log(`${title}: ${code === 0 ? 'passed' : 'FAILED'}`);
  }

  console.log('\n# tests');
  const code = await runTestFiles();
  if (code > LARGEST_FAILURE) return code;
  const { passed, failed } = testCounts();
  for (const title of failedChecks) console.log(`FAILED: ${title}`);
  // A test run that ended before it could count is a failure too.
  const failures = failed + failedChecks.length + (code !== 0 && failed === 0 ? 1 : 0);
  console.log(`\n${passed + checks.length - failedChecks.length} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

/**
 * Runs every test file.
 * @param {NodeJS.ProcessEnv} [env] settings of the tests' processes, beside those of TensorFlow
 */
export function runTestFiles(env = {}) {
  // Node 20 takes files, not patterns.
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => path.join(TESTS, file));
  mkdirSync(PATHS.logs, { recursive: true });
  rmSync(RESULTS, { force: true });
  return runForeground(
    process.execPath,
    [
      '--import',
      'tsx',
      '--test',
      '--test-concurrency=2',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${RESULTS}`,
      ...files,
    ],
    { env: { ...tensorFlowEnvironment(), ...env } },
  );
}

/** How many tests passed and failed, as the end of Node's report says. */
function testCounts() {
  let report = '';
  try {
    report = readFileSync(RESULTS, 'utf8');
  } catch {
    // The tests ended before they had anything to report.
  }
  const end = report.slice(report.lastIndexOf('\n# tests '));
  const count = (/** @type {string} */ what) =>
    Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(end)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail') + count('cancelled') };
}
