/** Has the process killed when the one that started it with a channel is gone. */
export function endWithParent(): void {
  process.channel?.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
