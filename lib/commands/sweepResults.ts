import * as Papa from 'papaparse';
import type { Summary } from './summary';
import type { Row } from './sweepTable';

/** A run of a sweep that has all its epochs. */
export interface FinishedRun {
  readonly row: Row;
  readonly summary: Summary;
}

const MEASURES = {
  TestAccuracy: ({ models }: Summary) => models.at(-1)?.testAccuracy,
  TestLoss: ({ models }: Summary) => models.at(-1)?.testLoss,
  BestTestAccuracy: ({ best }: Summary) => best?.testAccuracy,
  TrainingSeconds: ({ trainingSeconds }: Summary) => trainingSeconds,
} as const;

/**
 * A line for each setting: its options but for the seed, the number of its runs, which differ in
 * their seed alone, and the mean and the standard deviation (of a sample, n - 1) of what each run has
 * after its last epoch. Of a single run the deviation is empty.
 */
export function resultsTable(runs: readonly FinishedRun[]): string {
  const names = [...new Set(runs.flatMap(({ row }) => Object.keys(row)))].filter(
    (name) => name !== 'seed',
  );
  const settings = new Map<string, FinishedRun[]>();
  for (const run of runs) {
    const key = JSON.stringify(names.map((name) => run.row[name] ?? ''));
    settings.set(key, [...(settings.get(key) ?? []), run]);
  }
  const lines = [...settings].map(([key, members]) => ({
    ...Object.fromEntries(names.map((name, i) => [name, (JSON.parse(key) as string[])[i]])),
    Runs: members.length,
    ...Object.fromEntries(
      Object.entries(MEASURES).flatMap(([name, measure]) => {
        const values = members.flatMap(({ summary }) => measure(summary) ?? []);
        return [
          [name, mean(values)],
          [`${name}Deviation`, deviation(values)],
        ];
      }),
    ),
  }));
  return `${Papa.unparse(lines, { newline: '\n' })}\n`;
}

function mean(values: readonly number[]): number | '' {
  if (values.length === 0) return '';
  return rounded(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function deviation(values: readonly number[]): number | '' {
  if (values.length < 2) return '';
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return rounded(Math.sqrt(squares / (values.length - 1)));
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
