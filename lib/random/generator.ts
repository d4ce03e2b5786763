import { mersenne, mersenneFromState } from 'pure-rand/generator/mersenne';

/** Everything a {@link Generator} needs to go on where it stopped; plain JSON. */
export interface GeneratorState {
  readonly algorithm: 'mt19937';
  /** Position in the twister's words (0 to 623), followed by the 624 words. */
  readonly engine: readonly number[];
  /** The second of the last pair of normal numbers, if it has not been handed out yet. */
  readonly nextNormal: number | null;
}

const ENGINE_LENGTH = 1 + 624;

/** The seed of a `torch.Generator()` that nobody seeded. */
const TORCH_DEFAULT_SEED = 67280421310721;

/** The low 32 bits of a seed, which are all that PyTorch's Mersenne Twister is seeded with. */
function low32(seed: number | bigint): number {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(
      `Seed ${seed} is not a whole number that JavaScript holds exactly: pass an integer within ±(2^53 - 1), or a bigint.`,
    );
  }
  const value = BigInt(seed);
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    throw new RangeError(`Seed ${value.toString()} does not fit in 64 bits, as in PyTorch.`);
  }
  return Number(BigInt.asUintN(32, value));
}

function isUnsignedIndex(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
}

/**
 * PyTorch's CPU random number generator (`torch.Generator`, MT19937): the same seed gives the same
 * numbers as PyTorch.
 *
 * Source: `at::CPUGeneratorImpl` and `at::mt19937` of PyTorch 2.13.
 */
export class Generator {
  /**
   * The second number of a Box–Muller pair; `randn` of fewer than 16 numbers hands it out first.
   * Part of the state, as in PyTorch.
   */
  nextNormal: number | null = null;

  // pure-rand needs 10 to 20 ns a number, less than the Box–Muller transform that follows it:
  // torch.randn(32, 192, 100, 100), 61 million numbers, takes some 2 to 3 s in all.
  private engine;

  /**
   * @param seed as for {@link Generator.manualSeed}; PyTorch's default seed when left out
   */
  constructor(seed: number | bigint = TORCH_DEFAULT_SEED) {
    this.engine = mersenne(low32(seed));
  }

  /**
   * Starts anew from a seed (`torch.Generator.manual_seed`).
   *
   * @param seed an integer of 64 bits; PyTorch uses its low 32 bits
   * @returns this generator
   * @throws RangeError if the seed is no integer or does not fit in 64 bits
   */
  manualSeed(seed: number | bigint): this {
    this.engine = mersenne(low32(seed));
    this.nextNormal = null;
    return this;
  }

  /** The next 32 random bits, 0 to 2^32 - 1 (`CPUGeneratorImpl::random`). */
  random(): number {
    return this.engine.next() >>> 0;
  }

  /** The next 64 random bits, 0 to 2^64 - 1, high word first (`CPUGeneratorImpl::random64`). */
  random64(): bigint {
    const high = BigInt(this.random());
    return (high << 32n) | BigInt(this.random());
  }

  /** The state, for a checkpoint (`torch.Generator.get_state`). */
  getState(): GeneratorState {
    return {
      algorithm: 'mt19937',
      engine: [...this.engine.getState()],
      nextNormal: this.nextNormal,
    };
  }

  /**
   * Goes on from a saved state (`torch.Generator.set_state`).
   *
   * @param state what {@link Generator.getState} returned, also after a way through JSON
   * @throws TypeError if it is something else; this generator then stays as it was
   */
  setState(state: GeneratorState): void {
    const { algorithm, engine, nextNormal } = state as {
      [K in keyof GeneratorState]: unknown;
    };
    if (
      algorithm !== 'mt19937' ||
      !Array.isArray(engine) ||
      engine.length !== ENGINE_LENGTH ||
      !isUnsignedIndex(engine[0], ENGINE_LENGTH - 1) ||
      !engine.every((word) => Number.isInteger(word)) ||
      !(nextNormal === null || Number.isFinite(nextNormal))
    ) {
      throw new TypeError(
        `Not the state of a generator: expected what getState() returns (algorithm 'mt19937', ${ENGINE_LENGTH} integers, the next normal number or null).`,
      );
    }
    this.engine = mersenneFromState(engine as number[]);
    this.nextNormal = nextNormal as number | null;
  }
}

/**
 * The generator that every function uses which is not given one (`torch.default_generator`).
 *
 * Until {@link manualSeed} it has the seed of a new `torch.Generator()`, so that an unseeded
 * program repeats itself; PyTorch starts this one from a random seed.
 */
export const defaultGenerator = new Generator();

/**
 * Seeds the default generator (`torch.manual_seed`).
 *
 * @param seed as for {@link Generator.manualSeed}
 * @returns the default generator
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}
