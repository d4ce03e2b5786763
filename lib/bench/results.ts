import type { Work } from './plan';
import type { Answer } from './protocol';
import type { BenchmarkVariant, Precision } from './variants';

/** One process's answer, and what it was asked. */
export interface Sample {
  variant: BenchmarkVariant;
  work: Work;
  batch: number;
  answer: Answer;
}

/** One measurement: a variant, a work and a batch, over all rounds. */
export interface Row {
  library: BenchmarkVariant['library'];
  variant: string;
  precision: Precision;
  work: Work;
  batch: number;
  /** `CPU`, or the GPU's name. */
  device: string;
  /** Median over the rounds. */
  imagesPerSecond: number;
  /** Largest minus smallest, as a share of the median. */
  spread: number;
  /** Median over the rounds. */
  peakMemoryMiB: number;
  /** The first round's first call, when nothing is cached. */
  firstCallSeconds?: number;
  /** Of an epoch: its images per second as a share of the same process's steps'; median. */
  shareOfStep?: number;
  rounds: number;
}

/** This library beside a peer. */
export interface Ratio {
  work: Work;
  batch: number;
  /** Which variant of this library. */
  of: string;
  /** Which variant it is compared with. */
  to: string;
  /** Images per second of the one over those of the other: more is better. */
  speed: number;
  /** Peak memory of the one over that of the other: less is better. */
  memory: number;
}

/** How far a variant's losses lie from those of the variant that it is compared with. */
export interface Agreement {
  of: BenchmarkVariant;
  to: BenchmarkVariant;
  /** Largest over the steps. */
  relativeDifference: number;
  /** What float32 rounding explains; undefined where the precision differs. */
  limit: number | undefined;
}

/** Condenses the samples of each variant, work, batch and device into a row, in the order they came. */
export function rows(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, [Sample, ...Sample[]]>();
  for (const sample of samples) {
    if (sample.work === 'losses') continue;
    const key = `${sample.work} ${sample.batch} ${sample.variant.id} ${sample.answer.device}`;
    const group = groups.get(key);
    if (group) group.push(sample);
    else groups.set(key, [sample]);
  }
  return [...groups.values()].map(row);
}

function row(group: readonly [Sample, ...Sample[]]): Row {
  const [{ variant, work, batch, answer }] = group;
  const speeds = group.map((sample) => sample.answer.imagesPerSecond ?? NaN);
  const shares = group.flatMap(({ answer: { imagesPerSecond, stepImagesPerSecond } }) =>
    imagesPerSecond && stepImagesPerSecond ? [imagesPerSecond / stepImagesPerSecond] : [],
  );
  return {
    library: variant.library,
    variant: variant.name,
    precision: variant.precision,
    work,
    batch,
    device: answer.device,
    imagesPerSecond: median(speeds),
    spread: spread(speeds),
    peakMemoryMiB: median(group.map((sample) => sample.answer.peakMemoryMiB)),
    ...(answer.firstCallSeconds !== undefined && { firstCallSeconds: answer.firstCallSeconds }),
    ...(shares.length > 0 && { shareOfStep: median(shares) }),
    rounds: group.length,
  };
}

/** Whether a GPU computed it. */
export function onGpu({ device }: Row): boolean {
  return device !== 'CPU';
}

/**
 * This library's graphs beside PyTorch's fastest measured variant, the lecture's PyTorch code and op
 * by op. Between a CPU and a GPU there is no ratio.
 */
export function ratios(all: readonly Row[]): Ratio[] {
  // How many images an evaluation takes at once is free: each variant's fastest batch counts.
  const task = (row: Row) =>
    [row.work, row.work === 'evaluation' ? 'any' : row.batch, onGpu(row)].join(' ');
  return [...new Set(all.map(task))].flatMap((name) => {
    const fastest = (wanted: Partial<Row>): Row | undefined =>
      all
        .filter((row) => task(row) === name)
        .filter((row) =>
          Object.entries(wanted).every(([key, value]) => row[key as keyof Row] === value),
        )
        .sort((a, b) => b.imagesPerSecond - a.imagesPerSecond)[0];
    const [float32, bfloat16] = [{ precision: 'float32' }, { precision: 'bfloat16' }] as const;
    const [googlenet, pytorch] = [{ library: 'googlenet' }, { library: 'PyTorch' }] as const;
    const graph = fastest({ ...googlenet, variant: 'graph', ...float32 });
    return [
      ratio(graph, "PyTorch's fastest measured float32", fastest({ ...pytorch, ...float32 })),
      ratio(graph, 'PyTorch', fastest({ ...pytorch, variant: "the lecture's code" })),
      ratio(graph, 'googlenet', fastest({ ...googlenet, variant: 'op by op' })),
      ratio(
        fastest({ ...googlenet, variant: 'graph', ...bfloat16 }),
        "PyTorch's fastest measured bfloat16",
        fastest({ ...pytorch, ...bfloat16 }),
      ),
    ].flat();
  });
}

function ratio(of: Row | undefined, peer: string, to: Row | undefined): Ratio[] {
  if (!of || !to) return [];
  return [
    {
      work: of.work,
      batch: of.batch,
      of: `${of.variant} ${of.precision}`,
      to: `${peer}: ${to.variant}${to.batch === of.batch ? '' : ` at batch ${to.batch}`}`,
      speed: of.imagesPerSecond / to.imagesPerSecond,
      memory: of.peakMemoryMiB / to.peakMemoryMiB,
    },
  ];
}

/** The graph adds in another order than op by op does; PyTorch's kernels are others altogether. */
const LIMITS = { googlenet: 1e-5, PyTorch: 1e-4 } as const;

/** Compares the losses of the same first steps (seed, batches, order) with this library's op by op. */
export function agreements(samples: readonly Sample[]): Agreement[] {
  const measured = samples.filter(({ work }) => work === 'losses');
  const reference = measured.find(({ variant }) => variant.id === 'eager');
  if (!reference) return [];
  const expected = reference.answer.losses ?? [];
  return measured
    .filter((sample) => sample !== reference)
    .map(({ variant, answer }) => ({
      of: variant,
      to: reference.variant,
      relativeDifference: largestRelativeDifference(expected, answer.losses ?? []),
      limit: variant.precision === 'float32' ? LIMITS[variant.library] : undefined,
    }));
}

/** Whether the losses are further apart than rounding explains. */
export function disagrees({ relativeDifference, limit }: Agreement): boolean {
  return limit !== undefined && !(relativeDifference <= limit);
}

/** The middle value, or the mean of the two middle ones; NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** Largest minus smallest value, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The largest difference between values at the same place, as a share of the first list's value. */
export function largestRelativeDifference(
  expected: readonly number[],
  actual: readonly number[],
): number {
  if (expected.length !== actual.length || expected.length === 0) return Infinity;
  return Math.max(
    ...expected.map((value, index) => Math.abs(((actual[index] ?? NaN) - value) / value)),
  );
}
