import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { addAbortListener, once } from 'node:events';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIRECTORY, writeWhole } from '../files';
import { INTERRUPTED, stopOnInterrupt } from '../runtime';
import { endWithParent } from './endWithParent';
import { isArgumentError, number } from './options';
import type { Summary } from './summary';
import { resultsTable, type FinishedRun } from './sweepResults';
import { argumentsOf, readRows, type Row } from './sweepTable';

const HELP = `Many runs of npm run train, and one table of what they give.

usage: npm run sweep -- FILE [options]

  FILE                  the runs: CSV whose first line names options of npm run train, as in
                          lr,seed,clip-norm
                          0.0001,1,
                          0.0001,2,1.0
                        or JSON, a list of objects; an empty cell leaves the option out
  --index N             run N alone, counted from 0, as a member of a job array
  --output DIR          where the runs and the table are kept (default: output/sweeps/ and FILE's name)
  --help

Runs are trained one after another. One that has all its epochs is not trained again, one that was
stopped goes on: give the same command again. Runs that differ in their seed alone are one line of
results.csv, with mean and standard deviation; it is written anew after each run, of those that are
finished. A run that fails, as with a learning rate that is too high, is named at the end; the others
are trained.`;

interface Sweep {
  readonly rows: readonly Row[];
  readonly output: string;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      index: { type: 'string' },
      output: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new RangeError('a sweep is one file: npm run sweep -- FILE');
  }
  const rows = await readRows(file);
  const index = number('index', values.index);
  if (values.index !== undefined && rows[index] === undefined) {
    throw new RangeError(`--index is ${index}; ${file} has the runs 0 to ${rows.length - 1}`);
  }
  const name = path.basename(file, path.extname(file));
  const output = values.output ?? path.join(PROJECT_DIRECTORY, 'output', 'sweeps', name);
  return runSweep({ rows, output }, values.index === undefined ? [...rows.keys()] : [index]);
}

/** @returns 0 where all runs end well, else the exit code of the last that does not */
async function runSweep(sweep: Sweep, indices: readonly number[]): Promise<number> {
  const interrupt = stopOnInterrupt();
  // The run under way ends in order, as with Ctrl-C.
  endWithParent('SIGTERM');
  try {
    const finished = await Promise.all(
      indices.map((index) => finishedRun(sweep, sweep.rows[index] ?? {})),
    );
    const left = indices.filter((_, at) => !finished[at]);
    if (left.length === 0) await writeResults(sweep);
    const failures = new Map<number, number>();
    for (const index of left) {
      if (interrupt.signal.aborted) return INTERRUPTED;
      const row = sweep.rows[index] ?? {};
      const args = argumentsOf(row);
      console.log(`run ${index} of ${sweep.rows.length}: ${args.join(' ')}`);
      const code = await train(sweep, row, args, interrupt.signal);
      if (code === INTERRUPTED) return code;
      if (code === 0) await writeResults(sweep);
      // It may have diverged, which says nothing of the others.
      else failures.set(index, code);
    }
    if (failures.size > 0) console.error(`failed: run ${[...failures.keys()].join(', ')}`);
    return [...failures.values()].at(-1) ?? 0;
  } finally {
    interrupt.dispose();
  }
}

/** A run's folder has the name of its options, so that lines of the file may come, go, and be moved. */
function folderOf({ output }: Sweep, row: Row): string {
  const text = JSON.stringify(Object.entries(row).sort());
  return path.join(output, createHash('sha256').update(text).digest('hex').slice(0, 12));
}

function summaryFile(sweep: Sweep, row: Row): string {
  return `${folderOf(sweep, row)}.json`;
}

async function train(
  sweep: Sweep,
  row: Row,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  await mkdir(sweep.output, { recursive: true });
  const places = [`--directory=${folderOf(sweep, row)}`, `--json=${summaryFile(sweep, row)}`];
  const child = spawn(
    process.execPath,
    [...process.execArgv, path.join(__dirname, 'train.js'), ...args, ...places],
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  );
  const stopping = addAbortListener(signal, () => child.kill('SIGINT'));
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    stopping[Symbol.dispose]();
  }
}

async function finishedRun(sweep: Sweep, row: Row): Promise<FinishedRun | undefined> {
  const file = summaryFile(sweep, row);
  if (!existsSync(file)) return undefined;
  const summary = JSON.parse(await readFile(file, 'utf8')) as Summary;
  return summary.finished ? { row, summary } : undefined;
}

async function writeResults(sweep: Sweep): Promise<void> {
  const finished = await Promise.all(sweep.rows.map((row) => finishedRun(sweep, row)));
  const table = resultsTable(finished.filter((run) => run !== undefined));
  const file = path.join(sweep.output, 'results.csv');
  await writeWhole(file, table);
  console.log(`${table}wrote ${file}`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    if (isArgumentError(error)) console.error('npm run sweep -- --help tells how it is used');
    process.exitCode = 1;
  },
);
