/** What a shell reports for a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/**
 * A signal that Ctrl-C, or a notebook's stop button, sets: Jupyter sends the kernel the same
 * SIGINT that a terminal sends. So does SIGTERM, by which other programs ask to end.
 *
 * While it is in force Node no longer ends the process at either by itself; `dispose` ends that.
 */
export function stopOnInterrupt(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  // Not once: a signal may come from the terminal and from the launcher.
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return {
    signal: controller.signal,
    dispose() {
      process.removeListener('SIGINT', abort);
      process.removeListener('SIGTERM', abort);
    },
  };
}
