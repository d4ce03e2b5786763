import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Generator,
  type GeneratorState,
  defaultGenerator,
  manualSeed,
  randint,
  randn,
  randomInt64,
  randperm,
  uniform,
} from 'googlenet/random';
import { assertWithin, largestDifference } from '../bounds/assertWithin';

interface Fixtures {
  unseeded: string;
  seeds: { seed: string; int64: string[] }[];
  uniform: {
    short: { seed: number; low: number; high: number; bits: number[] }[];
    long: { seed: number; size: number; low: number; high: number; sha256: string };
  };
  randn: {
    sizes: { seed: number; first: number[]; values: number[]; after: number[]; int64: string }[];
    large: {
      seed: number;
      shape: [number, number, number, number];
      step: number;
      values: number[];
      sum: number;
      sumOfSquares: number;
    };
  };
  randperm: {
    short: { seed: number; n: number; values: number[]; int64: string }[];
    long: { seed: number; n: number; sha256: string }[];
  };
  randint: { seed: number; low: number; high: number; values: number[]; int64: string }[];
}

/** What PyTorch drew; made by make_fixtures.py. */
const torch = JSON.parse(
  readFileSync(path.join(__dirname, 'torch_random.json'), 'utf8'),
) as Fixtures;

function sha256(values: Float32Array | Int32Array): string {
  return createHash('sha256').update(values).digest('hex');
}

function drawNormal(shape: number[], generator?: Generator): Float32Array {
  const tensor = randn(shape, generator);
  const values = tensor.dataSync<'float32'>();
  tensor.dispose();
  return values;
}

function assertClose(actual: ArrayLike<number>, expected: number[], what: string): void {
  // A float32 of 4 has steps of 5e-7.
  assertWithin(largestDifference(actual, expected), 5e-6, what);
}

describe('seeding, as in PyTorch', () => {
  test('a new generator starts from the seed from which a new torch.Generator starts', () => {
    assert.equal(randomInt64(new Generator()).toString(), torch.unseeded);
  });

  for (const { seed, int64 } of torch.seeds) {
    test(`seed ${seed}`, () => {
      const generator = new Generator(BigInt(seed));
      assert.deepEqual(
        int64.map(() => randomInt64(generator).toString()),
        int64,
      );
    });
  }

  test('manualSeed seeds the default generator, which the functions use unless told otherwise', () => {
    assert.equal(manualSeed(80), defaultGenerator);
    const expected = randperm(20, new Generator(80));
    assert.deepEqual(randperm(20), expected);
    assert.notDeepEqual(randperm(20), expected);
  });

  test('manualSeed forgets the normal number that waited', () => {
    const generator = new Generator(7);
    const first = drawNormal([1], generator);
    generator.manualSeed(7);
    assert.deepEqual(drawNormal([1], generator), first);
  });

  for (const seed of [0.5, NaN, Infinity, 2 ** 53, 1n << 64n, -(1n << 63n) - 1n]) {
    test(`refuses the seed ${seed.toString()}`, () => {
      assert.throws(() => new Generator(seed), RangeError);
    });
  }
});

describe('uniform, to the bit', () => {
  for (const { seed, low, high, bits } of torch.uniform.short) {
    test(`${bits.length} numbers in [${low}, ${high})`, () => {
      const values = uniform(bits.length, low, high, new Generator(seed));
      assert.deepEqual([...new Int32Array(values.buffer)], bits);
    });
  }

  test('a million numbers', () => {
    const { seed, size, low, high, sha256: expected } = torch.uniform.long;
    assert.equal(sha256(uniform(size, low, high, new Generator(seed))), expected);
  });

  test('never gives the upper bound', () => {
    const float32 = fc.float({ noNaN: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(fc.integer(), float32, float32, (seed, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const values = uniform(50, low, high, new Generator(seed));
        return values.every((value) => value >= low && (value < high || low === high));
      }),
    );
  });

  test('refuses bounds out of order and negative sizes', () => {
    assert.throws(() => uniform(1, 1, 0), /low <= high/);
    assert.throws(() => uniform(1, NaN, 0), /low <= high/);
    assert.throws(() => uniform(-1, 0, 1), /size/);
  });
});

describe('randn', () => {
  for (const { seed, first, values, after, int64 } of torch.randn.sizes) {
    test(`of ${values.length}, between smaller ones`, () => {
      const generator = new Generator(seed);
      assertClose(drawNormal([3], generator), first, 'first');
      assertClose(drawNormal([values.length], generator), values, 'values');
      assertClose(drawNormal([2], generator), after, 'after');
      assert.equal(randomInt64(generator).toString(), int64);
    });
  }

  test('of a large tensor', () => {
    const { seed, shape, step, values, sum, sumOfSquares } = torch.randn.large;
    const tensor = randn(shape, new Generator(seed));
    assert.deepEqual(tensor.shape, shape);
    assert.equal(tensor.dtype, 'float32');
    const actual = tensor.dataSync<'float32'>();
    tensor.dispose();
    assertClose(
      values.map((_, i) => actual[i * step] as number),
      values,
      'values',
    );
    const add = (total: number, value: number): number => total + value;
    // Over some 10^5 numbers, each within 5e-6.
    assertWithin(Math.abs(actual.reduce(add, 0) - sum), 0.01, 'the sum');
    const squares = actual.reduce((total, x) => total + x * x, 0);
    assertWithin(Math.abs(squares - sumOfSquares), 0.1, 'the sum of squares');
  });

  test('of a scalar shape is one number', () => {
    const tensor = randn([], new Generator(1));
    assert.deepEqual(tensor.shape, []);
    tensor.dispose();
  });

  test('refuses a negative dimension', () => {
    assert.throws(() => randn([2, -1]), /dimension of the shape \[2, -1\]/);
  });
});

describe('randint', () => {
  for (const { seed, low, high, values, int64 } of torch.randint) {
    test(`${values.length} numbers of ${low} to below ${high}`, () => {
      const generator = new Generator(seed);
      assert.deepEqual([...randint(low, high, values.length, generator)], values);
      assert.equal(randomInt64(generator).toString(), int64);
    });
  }

  test('refuses bounds without a number between them, and those for which PyTorch draws differently', () => {
    for (const [low, high] of [
      [3, 3],
      [4, 3],
      [0, 1.5],
      [0, 2 ** 28],
    ] as const) {
      assert.throws(() => randint(low, high, 1), RangeError);
    }
    assert.throws(() => randint(0, 2, -1), RangeError);
  });
});

describe('randperm', () => {
  for (const { seed, n, values, int64 } of torch.randperm.short) {
    test(`of ${n}`, () => {
      const generator = new Generator(seed);
      assert.deepEqual([...randperm(n, generator)], values);
      assert.equal(randomInt64(generator).toString(), int64);
    });
  }

  for (const { seed, n, sha256: expected } of torch.randperm.long) {
    test(`of ${n}`, () => {
      assert.equal(sha256(randperm(n, new Generator(seed))), expected);
    });
  }

  test('is a permutation', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(500), (seed, n) => {
        const sorted = randperm(n, new Generator(seed)).sort();
        return sorted.length === n && sorted.every((value, i) => value === i);
      }),
    );
  });

  test('refuses what has no permutation, and lengths for which PyTorch draws differently', () => {
    assert.throws(() => randperm(-1), RangeError);
    assert.throws(() => randperm(1.5), RangeError);
    assert.throws(() => randperm(214_748_364), /too long/);
  });
});

describe('state', () => {
  /** Draws of every kind, of sizes on both sides of the block of 16. */
  const draws = fc.array(
    fc.oneof(
      fc.nat(40).map((n) => (generator: Generator) => [...drawNormal([n], generator)]),
      fc.nat(40).map((n) => (generator: Generator) => [...uniform(n, 0, 1, generator)]),
      fc.nat(40).map((n) => (generator: Generator) => [...randperm(n, generator)]),
      fc.constant((generator: Generator) => [generator.random64()]),
    ),
    { maxLength: 8 },
  );

  test('goes on after a way through JSON as if nothing had been', () => {
    fc.assert(
      fc.property(fc.integer(), draws, draws, (seed, before, after) => {
        const generator = new Generator(seed);
        before.forEach((draw) => draw(generator));
        const saved = JSON.stringify(generator.getState());
        const expected = after.map((draw) => draw(generator));
        const restored = new Generator(1);
        restored.setState(JSON.parse(saved) as GeneratorState);
        assert.deepEqual(
          after.map((draw) => draw(restored)),
          expected,
        );
      }),
    );
  });

  test('refuses anything else and stays as it was', () => {
    const state = new Generator(3).getState();
    const broken: unknown[] = [
      {},
      { ...state, algorithm: 'philox' },
      { ...state, engine: state.engine.slice(1) },
      { ...state, engine: [624, ...state.engine.slice(1)] },
      { ...state, engine: [...state.engine.slice(0, -1), 0.5] },
      { ...state, nextNormal: 'x' },
      { algorithm: 'mt19937', engine: state.engine },
    ];
    const generator = new Generator(9);
    for (const value of broken) {
      assert.throws(() => {
        generator.setState(value as GeneratorState);
      }, TypeError);
    }
    assert.deepEqual(generator.getState(), new Generator(9).getState());
  });
});
