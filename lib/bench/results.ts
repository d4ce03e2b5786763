import type { Task } from './plan';
import type { Answer } from './protocol';
import { largestRelativeDifference, median, spread } from './statistics';
import type { Precision } from './variants';

/** One process's answer, and what it was asked. */
export interface Sample extends Task {
  answer: Answer;
}

/** Condenses the samples of each variant, work, batch and device into a row, in the order they came. */
export function rows(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples.filter(({ work }) => work !== 'losses')) {
    const key = `${sample.work} ${sample.batch} ${sample.variant.id} ${sample.answer.device}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].map(row);
}

/** One measurement: a variant, a work and a batch, over all rounds, of which medians are taken. */
export type Row = ReturnType<typeof row>;

function row(group: readonly Sample[]) {
  const [{ variant, work, batch, answer }] = group as [Sample];
  const answers = group.map((sample) => sample.answer);
  const speeds = answers.map(({ imagesPerSecond }) => imagesPerSecond ?? NaN);
  // Of an epoch: its images per second beside the same process's steps'.
  const shares = answers.flatMap(({ imagesPerSecond, stepImagesPerSecond }) =>
    imagesPerSecond && stepImagesPerSecond ? [imagesPerSecond / stepImagesPerSecond] : [],
  );
  // The first round's, when nothing is cached.
  const { device, firstCallSeconds } = answer;
  return {
    library: variant.library,
    variant: variant.name,
    precision: variant.precision,
    work,
    batch,
    device,
    imagesPerSecond: median(speeds),
    spread: spread(speeds),
    peakMemoryMiB: median(answers.map(({ peakMemoryMiB }) => peakMemoryMiB)),
    ...(firstCallSeconds !== undefined && { firstCallSeconds }),
    ...(shares.length > 0 && { shareOfStep: median(shares) }),
    rounds: group.length,
  };
}

/** Whether a GPU computed it. */
export function onGpu({ device }: Row): boolean {
  return device !== 'CPU';
}

/** What the graph in each precision is compared with: the fastest of the rows that `among` takes. */
const PEERS: readonly { precision: Precision; peer: string; among: (row: Row) => boolean }[] = [
  pytorchsFastest('float32'),
  {
    precision: 'float32',
    peer: 'PyTorch',
    among: ({ variant }) => variant === "the lecture's code",
  },
  { precision: 'float32', peer: 'googlenet', among: ({ variant }) => variant === 'op by op' },
  pytorchsFastest('bfloat16'),
];

function pytorchsFastest(precision: Precision) {
  const among = (row: Row) => row.library === 'PyTorch' && row.precision === precision;
  return { precision, peer: `PyTorch's fastest measured ${precision}`, among };
}

/**
 * This library's graphs beside PyTorch's fastest measured variant, the lecture's PyTorch code and op
 * by op. Between a CPU and a GPU there is no ratio.
 */
export function ratios(all: readonly Row[]): Ratio[] {
  // How many images an evaluation takes at once is free: each variant's fastest batch counts.
  const task = (row: Row) =>
    [row.work, row.work === 'evaluation' ? 'any' : row.batch, onGpu(row)].join(' ');
  const fastestFirst = [...all].sort((a, b) => b.imagesPerSecond - a.imagesPerSecond);
  return [...new Set(all.map(task))].flatMap((name) => {
    const measured = fastestFirst.filter((row) => task(row) === name);
    return PEERS.flatMap(({ precision, peer, among }) => {
      const of = measured.find((row) => row.variant === 'graph' && row.precision === precision);
      const to = measured.find(among);
      return of && to ? [ratio(of, peer, to)] : [];
    });
  });
}

/** This library beside a peer: more speed is better, less memory. */
export type Ratio = ReturnType<typeof ratio>;

function ratio(of: Row, peer: string, to: Row) {
  return {
    work: of.work,
    batch: of.batch,
    of: `${of.variant} ${of.precision}`,
    to: `${peer}: ${to.variant}${to.batch === of.batch ? '' : ` at batch ${to.batch}`}`,
    speed: of.imagesPerSecond / to.imagesPerSecond,
    memory: of.peakMemoryMiB / to.peakMemoryMiB,
  };
}

/** The graph adds in another order than op by op does; PyTorch's kernels are others altogether. */
const LIMITS = { googlenet: 1e-5, PyTorch: 1e-4 } as const;

/** How far a variant's losses lie from those of the variant that it is compared with. */
export type Agreement = ReturnType<typeof agreements>[number];

/**
 * Compares the losses of the same first steps (seed, batches, order) with this library's op by op:
 * the largest difference, and the limit of what float32 rounding explains; none where the precision
 * differs.
 */
export function agreements(samples: readonly Sample[]) {
  const measured = samples.filter(({ work }) => work === 'losses');
  const reference = measured.find(({ variant }) => variant.id === 'eager');
  if (!reference) return [];
  const expected = reference.answer.losses ?? [];
  return measured
    .filter((sample) => sample !== reference)
    .map(({ variant, answer }) => ({
      of: variant,
      to: reference.variant,
      relativeDifference: largestRelativeDifference(answer.losses ?? [], expected),
      limit: variant.precision === 'float32' ? LIMITS[variant.library] : undefined,
    }));
}

/** Whether the losses are further apart than rounding explains. */
export function disagrees({ relativeDifference, limit }: Agreement): boolean {
  return limit !== undefined && !(relativeDifference <= limit);
}
