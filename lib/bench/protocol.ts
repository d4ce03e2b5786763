/** What a measuring process is asked and what it answers: JSON, the same for Node and Python. */

/** Kinds of work that are measured. */
export type Work = 'losses' | 'step' | 'epoch' | 'evaluation' | 'inference';

export type Precision = 'float32' | 'bfloat16';

/** How this library is run. */
export interface LibrarySettings {
  /** One graph for the whole computation, or op by op. */
  graph: boolean;
  bfloat16: boolean;
}

/** How PyTorch is run. */
export interface PyTorchSettings {
  /** Threads, huge pages and allocator are chosen for speed; else all is as `python` starts it. */
  tuned: boolean;
  channelsLast: boolean;
  bfloat16: boolean;
  /** `torch.compile` */
  compile: boolean;
  /** Adam's update as one kernel. */
  fusedAdam: boolean;
}

/** A measuring process's only argument. */
export interface Request {
  work: Work;
  /** Images a step. */
  batch: number;
  /** Images of the data set that the work uses. */
  samples: number;
  /** Calls are repeated for at least so long. */
  seconds: number;
  seed: number;
  learningRate: number;
  /** Of this library and of PyTorch where it is tuned. */
  threads: number;
  data: DataFiles;
  library?: LibrarySettings;
  pytorch?: PyTorchSettings;
}

/** A data set's bytes: images [N, 32, 32, 3] and labels [N], as `ImageDataset` holds them. */
export interface DataFiles {
  images: string;
  labels: string;
}

/** The last line that a measuring process prints. */
export interface Answer {
  /** Not for `losses`. */
  imagesPerSecond?: number;
  /** Of `epoch`: the same network's steps on one batch, half before the epoch, half after it. */
  stepImagesPerSecond?: number;
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
