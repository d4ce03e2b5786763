import { spawn } from 'node:child_process';
import * as path from 'node:path';
import type { Answer, Request } from './protocol';

/** A measuring process that ended without an answer. */
export class MeasurementError extends Error {}

const PYTORCH_SCRIPT = path.join(__dirname, '..', '..', 'bench', 'pytorch.py');
const LIBRARY_SCRIPT = path.join(__dirname, 'measure.js');

/** The program that answers a request: Node for this library, Python for PyTorch. */
export function measuringCommand(request: Request, python: string | undefined): string[] {
  if (request.library) return [process.execPath, LIBRARY_SCRIPT, JSON.stringify(request)];
  if (python === undefined) throw new MeasurementError('PyTorch is not installed');
  if (request.pytorch?.compile && /\s/.test(PYTORCH_SCRIPT)) {
    throw new MeasurementError('torch.compile does not work in a folder whose path has a space');
  }
  return [python, PYTORCH_SCRIPT, JSON.stringify(request)];
}

/**
 * Runs one measurement in a process of its own.
 * @throws MeasurementError with the end of what the process said, if it gives no answer
 */
export async function launch(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Answer> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal, killSignal: 'SIGKILL' }),
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const failure = await new Promise<string | undefined>((resolve) => {
    let problem: string | undefined;
    // It cannot be started, or is stopped; either way it has ended only when it closes.
    child.once('error', (error) => {
      problem = error.message;
    });
    child.once('close', (code, killedBy) => {
      resolve(code === 0 ? undefined : (problem ?? reason(code, killedBy)));
    });
  });
  if (failure !== undefined) {
    const said = errors.trim().split('\n').slice(-6).join('\n');
    throw new MeasurementError(said === '' ? failure : `${failure}\n${said}`);
  }
  return parseAnswer(output);
}

function reason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was killed (SIGKILL), most likely for want of memory';
  return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
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
