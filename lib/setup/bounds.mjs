// @ts-check
import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { requireOption } from './environment.mjs';
import { PATHS, PROJECT } from './paths.mjs';
import { allTestFiles, runTestFiles } from './tests.mjs';

const FILE = path.join(PATHS.logs, 'bounds.jsonl');
const NOTE = path.join(PROJECT, 'tests', 'bounds', 'note.cjs');
/** A bound that stands closer to what was measured does not hold on other processors. */
const MARGIN = 10;

/**
 * Runs every test and prints, for every numeric bound, what was measured beside it.
 * @returns {Promise<number>} 0 where every test passed and no bound is closer than the margin
 */
export async function runBounds() {
  rmSync(FILE, { force: true });
  const code = await runTestFiles(allTestFiles(), {
    env: {
      BOUNDS: FILE,
      NODE_OPTIONS: requireOption(NOTE, requireOption(PATHS.nodeCompat)),
    },
  });
  if (!existsSync(FILE)) return code || 1;
  const rows = largestOfEach(
    readFileSync(FILE, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  const close = rows.filter(({ margin }) => margin < MARGIN).length;
  console.log('\n  measured     bound    margin  what');
  for (const { test, what, measured, bound, margin } of rows) {
    const numbers = [measured.toExponential(1), bound.toExponential(1), margin.toPrecision(3)];
    console.log(`${numbers.map((text) => text.padStart(10)).join('')}  ${what} (${test})`);
  }
  console.log(`\n${rows.length} bounds, ${close} closer than ${MARGIN} times what was measured`);
  return code || (close > 0 ? 1 : 0);
}

/**
 * One row for what was measured several times, the closest first.
 * @param {{ test: string, what: string, measured: number, bound: number }[]} noted
 */
function largestOfEach(noted) {
  /** @type {Map<string, typeof noted[number]>} */
  const largest = new Map();
  for (const row of noted) {
    const key = `${row.test} ${row.what} ${row.bound}`;
    const known = largest.get(key);
    if (!known || row.measured > known.measured) largest.set(key, row);
  }
  return [...largest.values()]
    .map((row) => ({ ...row, margin: row.measured === 0 ? Infinity : row.bound / row.measured }))
    .sort((a, b) => a.margin - b.margin);
}
