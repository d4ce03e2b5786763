import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Answer, Request } from './protocol';

/** A measuring process that ended without an answer. */
export class MeasurementError extends Error {}

const PYTORCH_SCRIPT = path.join(__dirname, '..', '..', 'bench', 'pytorch.py');
const GOOGLENET_SCRIPT = path.join(__dirname, 'measure.js');

/** The program that answers a request: Node for this library, Python for PyTorch. */
export function measuringCommand(request: Request, python: string | undefined): string[] {
  const [program, script] =
    request.variant.library === 'googlenet'
      ? [process.execPath, GOOGLENET_SCRIPT]
      : [python, PYTORCH_SCRIPT];
  if (program === undefined) throw new MeasurementError('PyTorch is not installed');
  return [program, script, JSON.stringify(request)];
}

/**
 * Runs one measurement in a process of its own.
 * @throws MeasurementError with the end of what the process said, if it gives no answer
 */
export async function launch(
  [program = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Answer> {
  const running = promisify(execFile)(program, args, {
    env: environment,
    maxBuffer: Infinity,
    killSignal: 'SIGKILL',
    ...(signal && { signal }),
  });
  // One that is stopped has ended only then.
  const closed = new Promise((resolve) => running.child.once('close', resolve));
  try {
    return parseAnswer((await running).stdout);
  } catch (error) {
    await closed;
    if (error instanceof MeasurementError) throw error;
    const said = (error as Failure).stderr?.trim().split('\n').slice(-6).join('\n');
    throw new MeasurementError([reason(error as Failure), said].filter(Boolean).join('\n'));
  }
}

/** What `execFile` rejects with; the code is the operating system's where the program did not start. */
type Failure = Error & { code?: number | string; signal?: NodeJS.Signals; stderr?: string };

function reason({ code, signal, message }: Failure): string {
  if (signal === 'SIGKILL') return 'was killed (SIGKILL), most likely for want of memory';
  if (signal) return `was ended by ${signal}`;
  return typeof code === 'number' ? `ended with exit code ${code}` : message;
}

/**
 * The answer in a process's output: its last line.
 * @throws MeasurementError if that line is no answer
 */
export function parseAnswer(output: string): Answer {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    const answer = JSON.parse(line) as Answer;
    if (typeof answer.peakMemoryMiB === 'number') return answer;
  } catch {
    // Reported below, as an answer of the wrong form is.
  }
  throw new MeasurementError(`gave no answer; its last line was: ${line.slice(0, 200)}`);
}
