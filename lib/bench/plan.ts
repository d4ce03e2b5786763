import type { Variant } from './variants';

interface WorkPlan {
  title: string;
  /** Processes for each variant. An epoch lasts as long as many steps: fewer average as much. */
  rounds: number;
  /** Undefined: the batches of training. */
  batches?: readonly number[];
}

/** Kinds of work that are measured. */
export type Work = 'losses' | 'step' | 'epoch' | 'evaluation' | 'inference';

export const WORKS: Readonly<Record<Work, WorkPlan>> = {
  losses: { title: 'First losses', rounds: 1, batches: [128] },
  step: { title: 'Training step', rounds: 5 },
  epoch: { title: 'Whole epoch, data included', rounds: 3 },
  // A small batch stays in the processor's caches, a large one fills its vectors: both are tried.
  evaluation: {
    title: 'Evaluation of the test images, data included',
    rounds: 5,
    batches: [125, 500],
  },
  inference: { title: 'Inference, 224×224, 1,000 classes', rounds: 5, batches: [1, 32] },
};

export const WORK_NAMES = Object.keys(WORKS) as readonly Work[];

export const TRAINING_BATCHES: readonly number[] = [128, 256, 2048];

/** Seconds that a process repeats its work, by default. */
export const SECONDS = 8;

/** What a benchmark measures. */
export interface Options {
  works: readonly Work[];
  /** Of training. */
  batches: readonly number[];
  /** Default: all but those that the machine emulates. */
  variants?: readonly Variant[] | undefined;
  /** Instead of each work's own number; losses are computed once. */
  rounds?: number | undefined;
  seconds: number;
  samples?: number | undefined;
  json?: string | undefined;
}

/** What a process is to measure. */
export interface Task {
  variant: Variant;
  work: Work;
  /** Images a step. */
  batch: number;
}

/** One process to run. */
export interface Measurement extends Task {
  round: number;
  rounds: number;
}

/**
 * Puts all measurements in order. At a work and batch the variants take turns and every round begins
 * with another one, so that what the machine does beside the benchmark meets all alike.
 */
export function plan(
  { works, batches: ofTraining, rounds: asked }: Pick<Options, 'works' | 'batches' | 'rounds'>,
  variants: readonly Variant[],
): Measurement[] {
  const measurements: Measurement[] = [];
  for (const work of works) {
    const { rounds: usual, batches = ofTraining } = WORKS[work];
    const rounds = work === 'losses' ? usual : (asked ?? usual);
    const able = variants.filter(
      ({ library }) => library !== 'ONNX Runtime' || work === 'inference',
    );
    for (const batch of batches) {
      for (let round = 0; round < rounds; round++) {
        const first = round % able.length;
        for (const variant of [...able.slice(first), ...able.slice(0, first)])
          measurements.push({ variant, work, batch, round, rounds });
      }
    }
  }
  return measurements;
}
