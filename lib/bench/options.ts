import { parseArgs } from 'node:util';
import { TRAINING_BATCHES, WORKS } from './plan';
import type { Work } from './protocol';
import { installedSize, PYTORCH_VERSION } from './pytorch';
import { VARIANTS, type Variant } from './variants';

/** What a run measures. */
export interface Options {
  works: Work[];
  batches: number[];
  /** Undefined: all but those that the machine emulates. */
  variants: Variant[] | undefined;
  rounds: number | undefined;
  seconds: number;
  samples: number | undefined;
  json: string | undefined;
}

/** What the command line asks for. */
export type Command = { kind: 'help' } | { kind: 'install' } | ({ kind: 'measure' } & Options);

/** The text of `--help`. */
export function help(): string {
  return `Measures this library beside PyTorch on the lecture's network.

usage: npm run bench -- [options]

  --batch A,B,…         images a training step (default: ${TRAINING_BATCHES.join(',')})
  --work A,B,…          of ${WORKS.join(', ')} (default: all)
  --variant A,B,…       of ${VARIANTS.map(({ id }) => id).join(', ')} (default: all,
                        but bfloat16 only on a processor or GPU that has it)
  --rounds N            processes for each variant (default: 5, for an epoch 3)
  --seconds N           how long a process repeats its work (default: 8)
  --samples N           training images of an epoch (default: all)
  --json FILE           write the measurements to FILE, one row each
  --install-pytorch     install PyTorch ${PYTORCH_VERSION} for the benchmark (${installedSize()}, in .cache) and end
  --help

PyTorch is optional: without it this library is measured alone. GOOGLENET_BENCH_PYTHON names a
Python that has it, instead of the benchmark's own installation. Everything is also written to
output/bench: results.json (with machine, versions and date), results.md and training.png.`;
}

/** @throws Error that names the option and what it can be */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      batch: { type: 'string' },
      work: { type: 'string' },
      variant: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      samples: { type: 'string' },
      json: { type: 'string' },
      'install-pytorch': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values['install-pytorch']) return { kind: 'install' };
  return {
    kind: 'measure',
    works: chosen('work', values.work, WORKS, String),
    batches: values.batch?.split(',').map((text) => wholeNumber('batch', text)) ?? [
      ...TRAINING_BATCHES,
    ],
    variants:
      values.variant === undefined
        ? undefined
        : chosen('variant', values.variant, VARIANTS, ({ id }) => id),
    rounds: values.rounds === undefined ? undefined : wholeNumber('rounds', values.rounds),
    seconds: values.seconds === undefined ? 8 : wholeNumber('seconds', values.seconds),
    samples: values.samples === undefined ? undefined : wholeNumber('samples', values.samples),
    json: values.json,
  };
}

function chosen<T>(
  option: string,
  text: string | undefined,
  all: readonly T[],
  nameOf: (item: T) => string,
): T[] {
  if (text === undefined) return [...all];
  return text.split(',').map((name) => {
    const item = all.find((candidate) => nameOf(candidate) === name);
    if (item !== undefined) return item;
    throw new RangeError(
      `--${option} has "${name}" in it; it can have ${all.map(nameOf).join(', ')}`,
    );
  });
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`--${option} is "${text}"; it must be a whole number of at least 1`);
}
