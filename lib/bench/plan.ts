import type { BenchmarkVariant } from './variants';

/** Kinds of work that are measured. */
export type Work = 'losses' | 'step' | 'epoch' | 'evaluation' | 'inference';

interface WorkPlan {
  title: string;
  /** Processes for each variant. An epoch lasts as long as many steps: fewer average as much. */
  rounds: number;
  /** Undefined: the batches of training. */
  batches?: readonly number[];
}

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

/** What is measured together: variants take turns at it, round by round. */
export interface Task {
  work: Work;
  batch: number;
  rounds: number;
}

/** One process to run. */
export interface Measurement {
  task: Task;
  round: number;
  variant: BenchmarkVariant;
}

export interface PlanOptions {
  works: readonly Work[];
  /** Batches of training. */
  batches: readonly number[];
  variants: readonly BenchmarkVariant[];
  /** Instead of each work's own number; losses are computed once. */
  rounds?: number | undefined;
}

/**
 * Puts all measurements in order. Within a task the variants take turns and every round begins with
 * another one, so that what the machine does beside the benchmark meets all alike.
 */
export function plan({ works, batches, variants, rounds }: PlanOptions): Measurement[] {
  return works.flatMap((work) => {
    const planned = WORKS[work];
    const times = work === 'losses' ? planned.rounds : (rounds ?? planned.rounds);
    return (planned.batches ?? batches).flatMap((batch) => {
      const task = { work, batch, rounds: times };
      return Array.from({ length: times }, (_, round) => {
        const first = round % variants.length;
        const inTurn = [...variants.slice(first), ...variants.slice(0, first)];
        return inTurn.map((variant) => ({ task, round, variant }));
      }).flat();
    });
  });
}
