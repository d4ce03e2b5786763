import type { Work } from './protocol';
import type { Variant } from './variants';

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
  variant: Variant;
}

export interface PlanOptions {
  works: readonly Work[];
  /** Batches of training. */
  batches: readonly number[];
  variants: readonly Variant[];
  /** Instead of each work's own number. */
  rounds?: number | undefined;
}

export const WORKS: readonly Work[] = ['losses', 'step', 'epoch', 'evaluation', 'inference'];

export const TRAINING_BATCHES = [128, 256, 2048] as const;

/** An epoch lasts as long as many steps: fewer rounds average as much. */
const ROUNDS: Readonly<Record<Work, number>> = {
  losses: 1,
  step: 5,
  epoch: 3,
  evaluation: 5,
  inference: 5,
};

/** A small batch stays in the processor's caches, a large one fills its vectors: both are tried. */
const EVALUATION_BATCHES = [125, 500];

const INFERENCE_BATCHES = [1, 32];

const LOSSES_BATCH = 128;

/**
 * Puts all measurements in order. Within a task the variants take turns and every round begins with
 * another one, so that what the machine does beside the benchmark meets all alike.
 */
export function plan({ works, batches, variants, rounds }: PlanOptions): Measurement[] {
  return works
    .flatMap((work) =>
      batchesOf(work, batches).map((batch) => ({
        work,
        batch,
        rounds: work === 'losses' ? ROUNDS.losses : (rounds ?? ROUNDS[work]),
      })),
    )
    .flatMap((task) =>
      Array.from({ length: task.rounds }, (_, round) =>
        rotated(variants, round).map((variant) => ({ task, round, variant })),
      ).flat(),
    );
}

function batchesOf(work: Work, training: readonly number[]): readonly number[] {
  switch (work) {
    case 'losses':
      return [LOSSES_BATCH];
    case 'step':
    case 'epoch':
      return training;
    case 'evaluation':
      return EVALUATION_BATCHES;
    case 'inference':
      return INFERENCE_BATCHES;
  }
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
