import * as os from 'node:os';
import { vectorExtensions } from '../runtime';

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

export function describeMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    instructions: vectorExtensions() ?? [],
  };
}
