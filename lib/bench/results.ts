import type { Answer, Precision, Work } from './protocol';
import { largestRelativeDifference, median, spread } from './statistics';
import type { Variant } from './variants';

/** One process's answer, and what it was asked. */
export interface Sample {
  variant: Variant;
  work: Work;
  batch: number;
  answer: Answer;
}

/** One measurement: a variant, a work and a batch, over all rounds. */
export interface Row {
  library: Variant['library'];
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
  of: Variant;
  to: Variant;
  /** Largest over the steps. */
  relativeDifference: number;
  /** What float32 rounding explains; undefined where the precision differs. */
  limit: number | undefined;
}

/** Condenses the samples of each variant, work, batch and device into a row, in the order they came. */
export function rows(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (sample.work === 'losses') continue;
    const key = `${sample.work} ${sample.batch} ${sample.variant.id} ${sample.answer.device}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [row(first, group)] : [];
  });
}

function row({ variant, work, batch, answer }: Sample, group: readonly Sample[]): Row {
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
    const here = all.filter((row) => task(row) === name);
    const ours = here.filter((row) => row.library === 'googlenet');
    const pytorch = here.filter((row) => row.library === 'PyTorch');
    const pick = (among: readonly Row[], wanted: Partial<Row>) =>
      fastest(
        among.filter((row) =>
          Object.entries(wanted).every(([key, value]) => row[key as keyof Row] === value),
        ),
      );

    const graph = pick(ours, { variant: 'graph', precision: 'float32' });
    const graphBfloat16 = pick(ours, { variant: 'graph', precision: 'bfloat16' });
    return [
      ratio(graph, "PyTorch's fastest measured float32", pick(pytorch, { precision: 'float32' })),
      ratio(graph, 'PyTorch', pick(pytorch, { variant: "the lecture's code" })),
      ratio(graph, 'googlenet', pick(ours, { variant: 'op by op' })),
      ratio(
        graphBfloat16,
        "PyTorch's fastest measured bfloat16",
        pick(pytorch, { precision: 'bfloat16' }),
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

function fastest(candidates: readonly Row[]): Row | undefined {
  return candidates.reduce<Row | undefined>(
    (best, candidate) =>
      best && best.imagesPerSecond >= candidate.imagesPerSecond ? best : candidate,
    undefined,
  );
}

/** The graph adds in another order than op by op does; PyTorch's kernels are others altogether. */
const LIMITS = { googlenet: 1e-5, PyTorch: 1e-4 } as const;

/** Compares the losses of the same first steps (seed, batches, order) with this library's op by op. */
export function agreements(samples: readonly Sample[]): Agreement[] {
  const measured = samples.filter(({ work }) => work === 'losses');
  const reference = measured.find(({ variant }) => variant.id === 'eager');
  if (!reference) return [];
  return measured
    .filter((sample) => sample !== reference)
    .map(({ variant, answer }) => ({
      of: variant,
      to: reference.variant,
      relativeDifference: largestRelativeDifference(
        reference.answer.losses ?? [],
        answer.losses ?? [],
      ),
      limit: variant.precision === 'float32' ? LIMITS[variant.library] : undefined,
    }));
}

/** Whether the losses are further apart than rounding explains. */
export function disagrees({ relativeDifference, limit }: Agreement): boolean {
  return limit !== undefined && !(relativeDifference <= limit);
}
