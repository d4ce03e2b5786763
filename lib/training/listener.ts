import type { EpochMetrics } from './metrics';

/** Where a run stands, after a step. */
export interface TrainingProgress {
  epoch: number;
  epochs: number;
  /** Steps done in this epoch, and steps in an epoch. */
  batch: number;
  batches: number;
  /** Mean over this call's steps so far; NaN after the first, which pays for what happens once. */
  imagesPerSecond: number;
  /** Estimated seconds until the last epoch ends; NaN after the first step. */
  secondsLeft: number;
  /** Mean loss and accuracy of this epoch so far, as they were last read from the device. */
  loss: number;
  accuracy: number;
}

/** Follows a run: a terminal's bar, a notebook's plot. Calls are not awaited by the training step. */
export interface TrainingListener {
  /** The run's directory is this call's own; nothing is trained yet. */
  onOpen?(): void;
  onStep?(progress: TrainingProgress): void;
  onEpoch?(metrics: EpochMetrics, history: readonly EpochMetrics[]): void;
  onMessage?(message: string): void;
  /** @param finished whether the run has all its epochs; also after an error */
  onEnd?(finished: boolean): void;
}

/** Seconds as a person says them: `45s`, `12m 05s`, `3h 20m`; `?` when they are not known. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}
