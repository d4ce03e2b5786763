import type { Execution } from '../graph';

export const PRECISIONS = ['float32', 'bfloat16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** One way of running the lecture's network. */
export type Variant = {
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
  | {
      /** Its package for Node, which infers and does not train, on networks that PyTorch exports. */
      library: 'ONNX Runtime';
    }
);

const bfloat16 = { precision: 'bfloat16' } as const;
const googlenet = { library: 'googlenet', precision: 'float32' } as const;
const graph = { ...googlenet, name: 'graph', execution: 'graph' } as const;
const pytorch = { library: 'PyTorch', precision: 'float32', tuned: true, compile: false } as const;
const tuned = { ...pytorch, name: 'channels_last' } as const;
const compiled = { ...pytorch, name: 'channels_last, compile', compile: true } as const;

export const VARIANTS: readonly Variant[] = [
  { id: 'eager', ...googlenet, name: 'op by op', execution: 'eager' },
  { id: 'graph', ...graph },
  { id: 'graph-bfloat16', ...graph, ...bfloat16 },
  { id: 'pytorch-lecture', ...pytorch, name: "the lecture's code", tuned: false },
  { id: 'pytorch', ...tuned },
  { id: 'pytorch-compile', ...compiled },
  { id: 'pytorch-bfloat16', ...tuned, ...bfloat16 },
  { id: 'pytorch-bfloat16-compile', ...compiled, ...bfloat16 },
  { id: 'onnxruntime', library: 'ONNX Runtime', name: 'onnxruntime-node', precision: 'float32' },
];

/** All; of bfloat16 none where the processor would emulate it, since that is no speed of a library's. */
export function usualVariants(emulatesBfloat16: boolean): readonly Variant[] {
  return VARIANTS.filter(({ precision }) => !emulatesBfloat16 || precision === 'float32');
}

/** `PyTorch channels_last, bfloat16`. */
export function variantLabel({ library, name, precision }: Omit<Variant, 'id'>): string {
  return `${library} ${name}${precision === 'bfloat16' ? ', bfloat16' : ''}`;
}
