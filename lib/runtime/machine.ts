import * as os from 'node:os';
import * as tf from 'googlenet/tfjs-node';
import { tensorFlowVersion } from './native';
import { vectorExtensions } from './processor';

/** What a process runs on. */
export interface Machine {
  processor: string;
  /** Processors that the process may use. */
  cores: number;
  memoryGiB: number;
  system: string;
  /** Vector extensions that the libraries make use of; empty where the system does not tell. */
  instructions: readonly string[];
}

export function thisMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    instructions: vectorExtensions() ?? [],
  };
}

/** The version of each program that computes here, by its name. */
export function programVersions(): Record<string, string> {
  return {
    'TensorFlow.js': tf.version['tfjs-core'],
    TensorFlow: tensorFlowVersion() ?? 'none',
    'Node.js': process.versions.node,
  };
}
