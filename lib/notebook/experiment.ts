import type { Curve } from '../plots';
import type { EpochMetrics } from '../training';
import { readRecord, recordFile } from './records';

/** An epoch of a {@link RecordedRun}. */
export interface RecordedEpoch extends EpochMetrics {
  /** How the weights after it do on the test set, where they were tried; accuracy 0 to 1. */
  testLoss: number | null;
  testAccuracy: number | null;
}

/** A training run of an experiment that was made once and recorded: see `data/experiments`. */
export interface RecordedRun {
  /** What it does otherwise than the other variants. */
  variant: string;
  seed: number;
  history: RecordedEpoch[];
}

type Row = RecordedEpoch & Omit<RecordedRun, 'history'>;

/**
 * The runs of `data/experiments/<name>.csv`.
 * @throws Error if there is no such file
 */
export async function readExperiment(name: string): Promise<RecordedRun[]> {
  const rows = await readRecord<Row>(recordFile('experiments', `${name}.csv`));
  const runs = new Map<string, RecordedRun>();
  for (const { variant, seed, ...epoch } of rows) {
    const key = `${variant} ${seed}`;
    const run = runs.get(key) ?? { variant, seed, history: [] };
    runs.set(key, run);
    run.history.push(epoch);
  }
  return [...runs.values()];
}

/** Mean and standard deviation (of the population that the values are a sample of). */
export function meanAndSpread(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / (values.length - 1)) };
}

/**
 * Mean and standard deviation of shares from 0 to 1 in per cent, as 66.5 ± 0.7; of one share, itself.
 */
export function percent(shares: readonly number[]): string {
  const { mean, spread } = meanAndSpread(shares.map((share) => 100 * share));
  return shares.length === 1 ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${spread.toFixed(1)}`;
}

/** The runs of each variant, in the order in which the variants come. */
export function byVariant(runs: readonly RecordedRun[]): Map<string, RecordedRun[]> {
  const variants = new Set(runs.map(({ variant }) => variant));
  return new Map(
    [...variants].map((name) => [name, runs.filter(({ variant }) => variant === name)]),
  );
}

/**
 * A curve for each variant: the mean of its runs by epoch, and where there are several their
 * spread. Runs of one variant are taken to the length of their shortest.
 */
export function curvesByVariant(
  runs: readonly RecordedRun[],
  quantity: Exclude<keyof EpochMetrics, 'epoch'>,
): Curve[] {
  return [...byVariant(runs)].map(([name, ofVariant]) => {
    const epochs = Math.min(...ofVariant.map(({ history }) => history.length));
    const points = Array.from({ length: epochs }, (_, epoch) =>
      meanAndSpread(ofVariant.map(({ history }) => history[epoch]?.[quantity] ?? NaN)),
    );
    return {
      name,
      y: points.map(({ mean }) => mean),
      ...(ofVariant.length > 1 && { spread: points.map(({ spread }) => spread) }),
    };
  });
}
