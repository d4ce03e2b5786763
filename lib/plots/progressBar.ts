import { escapeHtml } from './html';
import { newOutput, type MimeBundle } from './notebook';
import { thousands } from './style';

/** What a bar shows of a training run. */
export interface BarState {
  /** Counted from 0. */
  epoch: number;
  epochs: number;
  /** Steps done in this epoch, and steps in an epoch. */
  batch: number;
  batches: number;
  /** NaN while it is not known. */
  imagesPerSecond: number;
  /** Until the last epoch ends; NaN while it is not known. */
  secondsLeft: number;
  /** Means of this epoch so far. */
  loss: number;
  accuracy: number;
}

/** A progress bar in a notebook cell. */
export interface NotebookProgress {
  /** Shows where the run stands; at most five times a second, so that it can be called each step. */
  update(progress: BarState): void;
  /** Leaves one line about the whole run in the bar's place. */
  close(): void;
}

/** Milliseconds between two states of the bar. */
const INTERVAL = 200;

/**
 * A progress bar in the cell that runs now, updated where it stands.
 * @throws Error outside a notebook
 */
export function notebookProgress(): NotebookProgress {
  const output = newOutput('notebookProgress()');
  const startedAt = performance.now();
  let shownAt = -Infinity;
  let last: BarState | undefined;
  return {
    update(progress) {
      last = progress;
      const now = performance.now();
      if (now < shownAt + INTERVAL) return;
      shownAt = now;
      output.show(progressBundle(progress));
    },
    close() {
      if (last === undefined) return;
      output.show(finishedBundle(last, (performance.now() - startedAt) / 1000));
    },
  };
}

/** What the bar shows while the run goes on. */
function progressBundle(progress: BarState): MimeBundle {
  const { epoch, epochs, batch, batches } = progress;
  const share = (epoch + batch / batches) / epochs;
  const text = [
    `epoch ${epoch} of ${epochs}`,
    `batch ${batch}/${batches}`,
    ...(Number.isFinite(progress.imagesPerSecond)
      ? [`${thousands(progress.imagesPerSecond)} images/s`]
      : []),
    ...(Number.isFinite(progress.secondsLeft) ? [`${clock(progress.secondsLeft)} left`] : []),
    `loss ${progress.loss.toFixed(4)}`,
    `accuracy ${progress.accuracy.toFixed(4)}`,
  ].join(' · ');
  const percent = Math.floor(100 * share);
  const filled = Math.round(20 * share);
  return {
    data: {
      'text/html':
        `<progress value="${share.toFixed(4)}" max="1"></progress> ` +
        `<code>${percent}%</code> ${escapeHtml(text)}`,
      'text/plain': `${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${percent}% ${text}`,
    },
  };
}

/** What stays of the bar when the run has ended, early or not. */
function finishedBundle(progress: BarState, seconds: number): MimeBundle {
  const { epoch, epochs, batch, batches } = progress;
  const complete = epoch === epochs - 1 && batch === batches;
  const done = complete
    ? `✓ ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`
    : `■ stopped in epoch ${epoch} of ${epochs}, batch ${batch}/${batches}`;
  const text =
    `${done} in ${clock(seconds)} · ` +
    `loss ${progress.loss.toFixed(4)} · accuracy ${progress.accuracy.toFixed(4)}`;
  return { data: { 'text/html': escapeHtml(text), 'text/plain': text } };
}

/** `3:05`, `1:02:45`. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
