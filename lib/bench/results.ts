import type { Task } from './plan';
import type { Answer } from './protocol';
import { largestRelativeDifference, median, spread } from './statistics';

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
  const [{ variant, work, batch, answer: first }] = group as [Sample];
  const numbers = (name: 'imagesPerSecond' | 'peakMemoryMiB' | 'shareOfStep') =>
    group.map(({ answer }) => answer[name] ?? NaN);
  return {
    library: variant.library,
    variant: variant.name,
    precision: variant.precision,
    work,
    batch,
    device: first.device,
    imagesPerSecond: median(numbers('imagesPerSecond')),
    spread: spread(numbers('imagesPerSecond')),
    peakMemoryMiB: median(numbers('peakMemoryMiB')),
    // The first round's, when nothing is cached.
    ...(first.firstCallSeconds !== undefined && { firstCallSeconds: first.firstCallSeconds }),
    ...(first.shareOfStep !== undefined && { shareOfStep: median(numbers('shareOfStep')) }),
    rounds: group.length,
  };
}

/** Whether a GPU computed it. */
export function onGpu({ device }: Row): boolean {
  return device !== 'CPU';
}

/** What the graph in each precision is compared with: the fastest of a library's variants, or the one named. */
const PEERS: readonly (Pick<Row, 'library' | 'precision'> & { variant?: string })[] = [
  { library: 'PyTorch', precision: 'float32' },
  { library: 'PyTorch', precision: 'float32', variant: "the lecture's code" },
  { library: 'googlenet', precision: 'float32', variant: 'op by op' },
  { library: 'PyTorch', precision: 'bfloat16' },
  { library: 'ONNX Runtime', precision: 'float32', variant: 'onnxruntime-node' },
];

/** This library beside a peer: more speed is better, less memory. */
export type Ratio = ReturnType<typeof ratios>[number];

/** This library's graphs beside their peers. Between a CPU and a GPU there is no ratio. */
export function ratios(all: readonly Row[]) {
  // How many images an evaluation takes at once is free: each variant's fastest batch counts.
  const task = (row: Row) =>
    [row.work, row.work === 'evaluation' ? 'any' : row.batch, onGpu(row)].join(' ');
  const fastestFirst = [...all].sort((a, b) => b.imagesPerSecond - a.imagesPerSecond);
  return [...new Set(all.map(task))].flatMap((name) =>
    PEERS.flatMap(({ library, precision, variant }) => {
      const measured = fastestFirst.filter(
        (row) => task(row) === name && row.precision === precision,
      );
      const of = measured.find((row) => row.variant === 'graph');
      const to = measured.find(
        (row) => row.library === library && row.variant === (variant ?? row.variant),
      );
      if (!of || !to) return [];
      const peer = variant === undefined ? `${library}'s fastest measured ${precision}` : library;
      return {
        work: of.work,
        batch: of.batch,
        of: `${of.variant} ${of.precision}`,
        to: `${peer}: ${to.variant}${to.batch === of.batch ? '' : ` at batch ${to.batch}`}`,
        speed: of.imagesPerSecond / to.imagesPerSecond,
        memory: of.peakMemoryMiB / to.peakMemoryMiB,
      };
    }),
  );
}

/** The graph adds in another order than op by op does; PyTorch's kernels are others altogether. */
const LIMITS = { googlenet: 1e-5, PyTorch: 1e-4, 'ONNX Runtime': undefined } as const;

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
  return measured
    .filter((sample) => sample !== reference)
    .map(({ variant, answer: { losses = [] } }) => ({
      of: variant,
      to: reference.variant,
      relativeDifference: largestRelativeDifference(losses, reference.answer.losses ?? []),
      limit: variant.precision === 'float32' ? LIMITS[variant.library] : undefined,
    }));
}

/** Whether the losses are further apart than rounding explains. */
export function disagrees({ relativeDifference, limit }: Agreement): boolean {
  return limit !== undefined && !(relativeDifference <= limit);
}
