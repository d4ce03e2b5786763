/** Has the process get the signal when the one that started it with a channel is gone. */
export function endWithParent(signal: NodeJS.Signals = 'SIGKILL'): void {
  process.channel?.unref();
  process.on('disconnect', () => process.kill(process.pid, signal));
}
