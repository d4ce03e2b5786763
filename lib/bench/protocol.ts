/** What a measuring process is asked and what it answers: JSON, the same for Node and Python. */
import type { Task } from './plan';

/** A measuring process's only argument. */
export interface Request extends Task {
  /** Images of the data set that the work uses. */
  samples: number;
  /** Calls are repeated for at least so long. */
  seconds: number;
  seed: number;
  learningRate: number;
  /**
   * Before `-images`, bytes [N, 32, 32, 3], and `-labels`, bytes [N]: the names of the data set's
   * files; for ONNX Runtime the network's file.
   */
  data: string;
}

/** The last line that a measuring process prints. */
export interface Answer {
  /** Not for `losses`. */
  imagesPerSecond?: number;
  /** Of `epoch`: its speed beside that of steps on one batch, half before the epoch, half after it. */
  shareOfStep?: number;
  /** Of `step` and `inference`: what the first call took, with all that is done only once. */
  firstCallSeconds?: number;
  /** Of `losses`: each step's. */
  losses?: number[];
  /** The most physical memory that the process held. */
  peakMemoryMiB: number;
  /** `CPU`, or the GPU's name. */
  device: string;
  /** Version of each program in use, by name. */
  versions: Record<string, string>;
}
