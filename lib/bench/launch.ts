import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Answer, Request } from './protocol';

/** A measuring process that ended without an answer. */
export class MeasurementError extends Error {}

const PYTORCH_SCRIPT = path.join(__dirname, '..', '..', 'bench', 'pytorch.py');
const NODE_SCRIPTS = { googlenet: 'measure.js', 'ONNX Runtime': 'measureOnnxRuntime.js' };

/** The program that answers a request: Python for PyTorch, else Node. */
export function measuringCommand(request: Request, python = ''): string[] {
  const { library } = request.variant;
  const program =
    library === 'PyTorch'
      ? [python, PYTORCH_SCRIPT]
      : [process.execPath, path.join(__dirname, NODE_SCRIPTS[library])];
  return [...program, JSON.stringify(request)];
}

/** The program by which PyTorch writes the network of a request for inference as ONNX to a file. */
export function exportCommand(request: Request, file: string, python: string): string[] {
  return [python, PYTORCH_SCRIPT, JSON.stringify({ ...request, work: 'export', data: file })];
}

/**
 * Runs one measurement in a process of its own.
 * @returns the last line of what it prints
 * @throws MeasurementError with the end of what the process said, if it gives no answer
 */
export async function launch(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Answer> {
  const running = promisify(execFile)(program, args, {
    env,
    signal,
    maxBuffer: Infinity,
    killSignal: 'SIGKILL',
  });
  // One that is stopped has ended only then.
  const closed = new Promise((resolve) => running.child.once('close', resolve));
  const { stdout } = await running.catch(async (error: unknown) => {
    const failure = error as Failure;
    await closed;
    const said = failure.stderr?.trim().split('\n').slice(-6) ?? [];
    throw new MeasurementError([reason(failure), ...said].join('\n').trimEnd());
  });
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as Answer;
  } catch {
    throw new MeasurementError(`gave no answer; its last line was: ${line.slice(0, 200)}`);
  }
}

/** What `execFile` rejects with; the code is the operating system's where the program did not start. */
type Failure = Error & { code?: number | string; signal?: NodeJS.Signals; stderr?: string };

function reason({ code, signal, message }: Failure): string {
  if (signal === 'SIGKILL') return 'was killed (SIGKILL), most likely for want of memory';
  if (signal) return `was ended by ${signal}`;
  return typeof code === 'number' ? `ended with exit code ${code}` : message;
}
