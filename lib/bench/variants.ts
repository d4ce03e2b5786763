import type { Execution } from '../graph';

export type Precision = 'float32' | 'bfloat16';

/** One way of running the lecture's network. */
export type BenchmarkVariant = {
  /** For the command line. */
  id: string;
  /** What sets it apart from the library's other variants. */
  name: string;
  precision: Precision;
} & (
  | { library: 'googlenet'; execution: Execution }
  | {
      library: 'PyTorch';
      /** All is chosen for speed: threads, `channels_last`, fused Adam, huge pages, allocator. Else as `python` starts it. */
      tuned: boolean;
      /** `torch.compile` */
      compile: boolean;
    }
);

export const VARIANTS: readonly BenchmarkVariant[] = [
  googlenet('eager', 'op by op', 'eager'),
  googlenet('graph', 'graph', 'graph'),
  googlenet('graph-bfloat16', 'graph', 'graph', 'bfloat16'),
  pytorch('pytorch-lecture', "the lecture's code", { tuned: false, compile: false }),
  pytorch('pytorch', 'channels_last', { tuned: true, compile: false }),
  pytorch('pytorch-compile', 'channels_last, compile', { tuned: true, compile: true }),
  pytorch('pytorch-bfloat16', 'channels_last', { tuned: true, compile: false }, 'bfloat16'),
  pytorch(
    'pytorch-bfloat16-compile',
    'channels_last, compile',
    { tuned: true, compile: true },
    'bfloat16',
  ),
];

/** All; of bfloat16 none where the processor would emulate it, since that is no speed of a library's. */
export function defaultVariants(emulatesBfloat16: boolean): readonly BenchmarkVariant[] {
  return VARIANTS.filter(({ precision }) => !emulatesBfloat16 || precision === 'float32');
}

/** `PyTorch channels_last, bfloat16`. */
export function variantLabel({
  library,
  name,
  precision,
}: Pick<BenchmarkVariant, 'library' | 'name' | 'precision'>): string {
  return `${library} ${name}${precision === 'bfloat16' ? ', bfloat16' : ''}`;
}

function googlenet(
  id: string,
  name: string,
  execution: Execution,
  precision: Precision = 'float32',
): BenchmarkVariant {
  return { id, library: 'googlenet', name, precision, execution };
}

function pytorch(
  id: string,
  name: string,
  settings: { tuned: boolean; compile: boolean },
  precision: Precision = 'float32',
): BenchmarkVariant {
  return { id, library: 'PyTorch', name, precision, ...settings };
}
