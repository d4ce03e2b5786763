import type { LibrarySettings, Precision, PyTorchSettings } from './protocol';

/** One way of running the lecture's network. */
export interface Variant {
  /** For the command line. */
  id: string;
  library: 'googlenet' | 'PyTorch';
  /** What sets it apart from the library's other variants. */
  name: string;
  precision: Precision;
  /** Exactly one of the two is there. */
  settings: { library: LibrarySettings } | { pytorch: PyTorchSettings };
}

export const VARIANTS: readonly Variant[] = [
  ours('eager', 'op by op', { graph: false, bfloat16: false }),
  ours('graph', 'graph', { graph: true, bfloat16: false }),
  ours('graph-bfloat16', 'graph', { graph: true, bfloat16: true }),
  pytorch('pytorch-lecture', "the lecture's code", {
    tuned: false,
    channelsLast: false,
    bfloat16: false,
    compile: false,
    fusedAdam: false,
  }),
  pytorch('pytorch', 'channels_last', {
    tuned: true,
    channelsLast: true,
    bfloat16: false,
    compile: false,
    fusedAdam: true,
  }),
  pytorch('pytorch-compile', 'channels_last, compile', {
    tuned: true,
    channelsLast: true,
    bfloat16: false,
    compile: true,
    fusedAdam: true,
  }),
  pytorch('pytorch-bfloat16', 'channels_last', {
    tuned: true,
    channelsLast: true,
    bfloat16: true,
    compile: false,
    fusedAdam: true,
  }),
  pytorch('pytorch-bfloat16-compile', 'channels_last, compile', {
    tuned: true,
    channelsLast: true,
    bfloat16: true,
    compile: true,
    fusedAdam: true,
  }),
];

/** All; of bfloat16 none where the processor would emulate it, since that is no speed of a library's. */
export function defaultVariants(emulatesBfloat16: boolean): readonly Variant[] {
  return VARIANTS.filter(({ precision }) => !emulatesBfloat16 || precision === 'float32');
}

/** `PyTorch channels_last, bfloat16`. */
export function variantLabel({
  library,
  name,
  precision,
}: Pick<Variant, 'library' | 'name' | 'precision'>): string {
  return `${library} ${name}${precision === 'bfloat16' ? ', bfloat16' : ''}`;
}

function ours(id: string, name: string, library: LibrarySettings): Variant {
  return { id, library: 'googlenet', name, precision: precision(library), settings: { library } };
}

function pytorch(id: string, name: string, settings: PyTorchSettings): Variant {
  return {
    id,
    library: 'PyTorch',
    name,
    precision: precision(settings),
    settings: { pytorch: settings },
  };
}

function precision({ bfloat16 }: { bfloat16: boolean }): Precision {
  return bfloat16 ? 'bfloat16' : 'float32';
}
