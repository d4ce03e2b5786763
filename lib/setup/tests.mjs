// @ts-check
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { runChecks } from './checks.mjs';
import { tensorFlowEnvironment } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { Problem } from './problem.mjs';
import { LARGEST_FAILURE, runForeground } from './programs.mjs';

const TESTS = path.join(PROJECT, 'tests');
const RESULTS = path.join(PATHS.logs, 'tests.tap');
const ENDING = '.test.ts';
/** A GPU's numbers beside PyTorch's: float32 without TF32, which it rounds factors to by default. */
const COMPARABLE = { NVIDIA_TF32_OVERRIDE: '0' };

/** The checks, then every test; goes on after a failure, so that one run shows them all. */
export async function runAllTests() {
  const { passed: checksPassed, failed: checksFailed, stopped } = await runChecks();
  if (stopped !== undefined) return stopped;
  console.log('\n# tests');
  mkdirSync(PATHS.logs, { recursive: true });
  rmSync(RESULTS, { force: true });
  const code = await runTestFiles(allTestFiles(), { results: RESULTS });
  if (code > LARGEST_FAILURE) return code;
  const { passed, failed } = testCounts();
  for (const title of checksFailed) console.log(`FAILED: ${title}`);
  // A test run that ended before it could count is a failure too.
  const failures = failed + checksFailed.length + (code !== 0 && failed === 0 ? 1 : 0);
  console.log(`\n${passed + checksPassed} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

/**
 * The test files that a user names, as `graph/passes`, `graph`, or a path.
 * @param {readonly string[]} names
 * @returns {string[]} relative to the folder of the tests
 * @throws Problem for a name that no file has, with those that there are
 */
export function namedTestFiles(names) {
  const files = allTestFiles();
  return [...new Set(names.flatMap((name) => filesOf(name, files)))].sort();
}

/**
 * @param {string} name
 * @param {readonly string[]} files
 */
function filesOf(name, files) {
  const wanted = path
    .normalize(name)
    .replace(/^tests[/\\]/, '')
    .replace(/(\.test)?\.ts$|[/\\]$/, '');
  const found = files.filter(
    (file) => file === wanted + ENDING || file.startsWith(wanted + path.sep),
  );
  if (found.length > 0) return found;
  throw new Problem(
    [
      `There is no test "${name}". There are:`,
      ...files.map((file) => `  ${file.slice(0, -ENDING.length)}`),
    ].join('\n'),
  );
}

/** Every test file, relative to the folder of the tests. */
export function allTestFiles() {
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ENDING))
    .sort();
}

/**
 * Runs test files. Their temporary files are where the user's are, outside of the project: some of
 * them are projects of their own.
 * @param {readonly string[]} files relative to the folder of the tests
 * @param {{ env?: NodeJS.ProcessEnv, results?: string }} [options] `env`: settings of the tests'
 *   processes, beside those of TensorFlow; `results`: a file for what passed and failed
 */
export function runTestFiles(files, { env = {}, results } = {}) {
  return runForeground(
    process.execPath,
    [
      '--import',
      'tsx',
      '--test',
      '--test-concurrency=2',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      ...(results ? ['--test-reporter=tap', `--test-reporter-destination=${results}`] : []),
      // Node 20 takes files, not patterns.
      ...files.map((file) => path.join(TESTS, file)),
    ],
    { env: { ...tensorFlowEnvironment(), TMPDIR: tmpdir(), ...COMPARABLE, ...env } },
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
