import { parseArgs } from 'node:util';
import { SECONDS, TRAINING_BATCHES, WORK_NAMES, type Options } from './plan';
import { INSTALLED_SIZE, PYTORCH_VERSION } from './pytorch';
import { PRECISIONS, VARIANTS, type Precision } from './variants';

const VARIANT_IDS = VARIANTS.map(({ id }) => id);

/** The text of `--help`. */
export function help(): string {
  return `Measures this library beside PyTorch, and in inference ONNX Runtime, on the lecture's network.

usage: npm run bench -- [options]

  --batch A,B,…         images a training step (default: ${TRAINING_BATCHES.join()})
  --work A,B,…          of ${WORK_NAMES.join(', ')} (default: all)
  --variant A,B,…       of ${VARIANT_IDS.join(', ')} (default: all,
                        but bfloat16 only on a processor or GPU that has it)
  --rounds N            processes for each variant (default: 5, for an epoch 3)
  --seconds N           how long a process repeats its work (default: ${SECONDS})
  --samples N           training images of an epoch (default: all)
  --json FILE           write the measurements to FILE, one row each
  --install-peers       install PyTorch ${PYTORCH_VERSION} and ONNX Runtime for the benchmark (${INSTALLED_SIZE},
                        in .cache) and end
  --profile PRECISION   instead, show where the time of this library's graphs goes, in float32 or
                        bfloat16: by kind of operation and by stage
  --help

They are optional: without PyTorch this library is measured alone. GOOGLENET_BENCH_PYTHON names a
Python that has it, instead of the benchmark's own installation. Everything is also written to
output/bench: results.json (with machine, versions and date), results.md and training.png.`;
}

/**
 * What the command line asks for.
 * @throws Error that names the option and what it can be
 */
export function parseCommand(
  args: readonly string[],
): 'help' | 'install' | { profile: Precision } | Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      batch: { type: 'string', default: TRAINING_BATCHES.join() },
      work: { type: 'string', default: WORK_NAMES.join() },
      variant: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: String(SECONDS) },
      samples: { type: 'string' },
      json: { type: 'string' },
      'install-peers': { type: 'boolean' },
      profile: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const { batch, work, variant, rounds, seconds, samples, json } = values;
  if (values.help) return 'help';
  if (values['install-peers']) return 'install';
  if (values.profile !== undefined) {
    return { profile: chosen('profile', values.profile, PRECISIONS) };
  }
  const ids = variant?.split(',').map((id) => chosen('variant', id, VARIANT_IDS));
  return {
    works: work.split(',').map((name) => chosen('work', name, WORK_NAMES)),
    batches: batch.split(',').map((text) => wholeNumber('batch', text)),
    variants: ids?.flatMap((id) => VARIANTS.filter((candidate) => candidate.id === id)),
    rounds: rounds === undefined ? undefined : wholeNumber('rounds', rounds),
    seconds: wholeNumber('seconds', seconds),
    samples: samples === undefined ? undefined : wholeNumber('samples', samples),
    json,
  };
}

function chosen<Name extends string>(option: string, text: string, all: readonly Name[]): Name {
  const found = all.find((name) => name === text);
  if (found !== undefined) return found;
  throw new RangeError(`--${option} has "${text}" in it; it can have ${all.join(', ')}`);
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`--${option} is "${text}"; it must be a whole number of at least 1`);
}
