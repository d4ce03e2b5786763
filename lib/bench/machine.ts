import { readFileSync } from 'node:fs';
import * as os from 'node:os';

/** Where a benchmark ran. */
export interface Machine {
  processor: string;
  /** Processors that this process may use. */
  cores: number;
  memoryGiB: number;
  system: string;
  /** Vector extensions that the libraries make use of; empty where the system does not tell. */
  instructions: string[];
}

const INSTRUCTIONS = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'bf16'];

export function describeMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    instructions: instructions(),
  };
}

function instructions(): string[] {
  let text: string;
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return []; // Not Linux.
  }
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return INSTRUCTIONS.filter((name) => flags.has(name));
}
