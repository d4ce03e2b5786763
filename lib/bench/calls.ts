import { readFileSync } from 'node:fs';
import type { Answer, Request } from './protocol';

/** The first call apart, then, after one more, calls for as long as is asked for. */
export async function measureCalls(
  call: () => Promise<unknown>,
  { batch, seconds }: Request,
): Promise<Pick<Answer, 'firstCallSeconds' | 'imagesPerSecond'>> {
  const firstCallSeconds = await repeat(call);
  await call();
  return { firstCallSeconds, imagesPerSecond: batch / (await repeat(call, seconds, 3)) };
}

/** Calls until `seconds` have passed, or once; gives the mean seconds of a call. */
export async function repeat(
  call: () => Promise<unknown>,
  seconds = 0,
  atLeast = 1,
): Promise<number> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let calls = 0;
  while (calls < atLeast || elapsed() < seconds) {
    await call();
    calls++;
  }
  return elapsed() / calls;
}

/** The most physical memory that this process has held. */
export function peakMemoryMiB(): number {
  // On Linux resourceUsage begins with what the parent process held.
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
