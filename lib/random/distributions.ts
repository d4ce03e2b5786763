import { tf } from '../runtime';
import { defaultGenerator, type Generator } from './generator';

const TWO_TO_MINUS_24 = 2 ** -24;
const TWO_TO_MINUS_53 = 2 ** -53;
const LOW_24_BITS = 0xffffff;

/** From this size on PyTorch transforms blocks of 16 numbers in float32. */
const NORMAL_BLOCK = 16;
const TWO_PI_FLOAT32 = Math.fround(2 * Math.PI);

/** PyTorch's bound for drawing the permutation from 32-bit numbers. */
const RANDPERM_LIMIT = Math.floor((2 ** 32 - 1) / 20);

function checkSize(size: number, what: string): void {
  if (!Number.isInteger(size) || size < 0) {
    throw new RangeError(`${what} must be a whole number of at least 0, but is ${size}.`);
  }
}

/** A float32 in [0, 1), 24 bits of it random. */
function uniform24(generator: Generator): number {
  return (generator.random() & LOW_24_BITS) * TWO_TO_MINUS_24;
}

/** A float64 in [0, 1), 53 bits of it random. */
function uniform53(generator: Generator): number {
  const high = generator.random() & 0x1fffff;
  return (high * 2 ** 32 + generator.random()) * TWO_TO_MINUS_53;
}

/**
 * Uniform float32 numbers in [low, high) (`torch.Tensor.uniform_`), equal to PyTorch's to the bit.
 *
 * @param size how many
 * @param low lower bound, taken as float32
 * @param high upper bound, taken as float32, excluded
 * @param generator where the random bits come from
 * @returns the numbers, in the order of PyTorch's contiguous tensor
 * @throws RangeError if the size is negative or the bounds are not in order
 */
export function uniform(
  size: number,
  low: number,
  high: number,
  generator: Generator = defaultGenerator,
): Float32Array {
  checkSize(size, 'The size');
  const from = Math.fround(low);
  const to = Math.fround(high);
  const range = Math.fround(to - from);
  if (!(from <= to) || !Number.isFinite(range)) {
    throw new RangeError(
      `Uniform numbers need low <= high, both finite, but got ${low} and ${high}.`,
    );
  }
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    // PyTorch's builds for AVX2, AVX-512 and arm64 multiply and add with one rounding. The product
    // is exact in float64, and so is the sum wherever the bounds are of one magnitude.
    const value = Math.fround(uniform24(generator) * range + from);
    values[i] = value === to ? from : value;
  }
  return values;
}

/** Box–Muller on 16 uniform numbers in place: eight radii, then their eight angles. */
function transformNormalBlock(values: Float32Array, start: number): void {
  for (let i = start; i < start + NORMAL_BLOCK / 2; i++) {
    // Within range by construction; the angle is rounded to float32 as PyTorch does, since a
    // rounding there moves the result more than all the other roundings do.
    const radius = Math.sqrt(-2 * Math.log(1 - (values[i] as number)));
    const theta = Math.fround(TWO_PI_FLOAT32 * (values[i + NORMAL_BLOCK / 2] as number));
    values[i] = radius * Math.cos(theta);
    values[i + NORMAL_BLOCK / 2] = radius * Math.sin(theta);
  }
}

function fillUniform(values: Float32Array, start: number, generator: Generator): void {
  for (let i = start; i < values.length; i++) {
    values[i] = uniform24(generator);
  }
}

/** One normal number in float64; its partner waits in the generator for the next call. */
function nextNormal(generator: Generator): number {
  const waiting = generator.nextNormal;
  if (waiting !== null) {
    generator.nextNormal = null;
    return waiting;
  }
  const u1 = uniform53(generator);
  const u2 = uniform53(generator);
  const radius = Math.sqrt(-2 * Math.log1p(-u2));
  const theta = 2 * Math.PI * u1;
  generator.nextNormal = radius * Math.sin(theta);
  return radius * Math.cos(theta);
}

function normalValues(size: number, generator: Generator): Float32Array {
  const values = new Float32Array(size);
  if (size < NORMAL_BLOCK) {
    return values.map(() => nextNormal(generator));
  }
  fillUniform(values, 0, generator);
  for (let start = 0; start + NORMAL_BLOCK <= size; start += NORMAL_BLOCK) {
    transformNormalBlock(values, start);
  }
  if (size % NORMAL_BLOCK !== 0) {
    // PyTorch draws the last 16 anew, so that the tail is a whole block too.
    const tail = size - NORMAL_BLOCK;
    fillUniform(values, tail, generator);
    transformNormalBlock(values, tail);
  }
  return values;
}

/** The type of a tensor by the number of its dimensions. */
interface TensorByRank {
  0: tf.Scalar;
  1: tf.Tensor1D;
  2: tf.Tensor2D;
  3: tf.Tensor3D;
  4: tf.Tensor4D;
  5: tf.Tensor5D;
}
type TensorOf<Shape extends readonly number[]> = Shape['length'] extends keyof TensorByRank
  ? TensorByRank[Shape['length']]
  : tf.Tensor;

/**
 * Standard normal numbers (`torch.randn`): PyTorch's values up to float32 rounding, about 1e-6.
 *
 * The numbers are laid out in the order of the shape that is asked for. For PyTorch's numbers of an
 * (N, C, H, W) tensor, ask for that shape and transpose.
 *
 * @param shape the tensor's shape
 * @param generator where the random bits come from
 * @returns a float32 tensor of that shape
 * @throws RangeError if a dimension is negative or no whole number
 */
export function randn<Shape extends readonly [] | readonly number[]>(
  shape: Shape,
  generator: Generator = defaultGenerator,
): TensorOf<Shape> {
  const size = shape.reduce<number>((product, dimension) => {
    checkSize(dimension, `Each dimension of the shape [${shape.join(', ')}]`);
    return product * dimension;
  }, 1);
  return tf.tensor(normalValues(size, generator), [...shape], 'float32') as TensorOf<Shape>;
}

/**
 * A random permutation of 0 … n - 1 (`torch.randperm`), equal to PyTorch's.
 *
 * @param n how many; below 214,748,364, where PyTorch goes over to another algorithm
 * @param generator where the random bits come from
 * @throws RangeError if n is negative, no whole number, or too large
 */
export function randperm(n: number, generator: Generator = defaultGenerator): Int32Array {
  checkSize(n, 'The length of a permutation');
  if (n >= RANDPERM_LIMIT) {
    throw new RangeError(`A permutation of ${n} is too long: at most ${RANDPERM_LIMIT - 1}.`);
  }
  const values = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (generator.random() % (n - i));
    const swapped = values[i] as number;
    values[i] = values[j] as number;
    values[j] = swapped;
  }
  return values;
}

/**
 * Random whole numbers of low … high - 1 (`torch.randint`), equal to PyTorch's.
 *
 * @param size how many
 * @param generator where the random bits come from
 * @throws RangeError if the size is negative, or there is no whole number between the bounds, or the
 *   bounds are 2^28 apart or more, where PyTorch goes over to another algorithm
 */
export function randint(
  low: number,
  high: number,
  size: number,
  generator: Generator = defaultGenerator,
): Int32Array {
  checkSize(size, 'The size');
  const range = high - low;
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || range < 1 || range >= 2 ** 28) {
    throw new RangeError(`Whole numbers of ${low} to below ${high} cannot be drawn.`);
  }
  return new Int32Array(size).map(() => low + (generator.random() % range));
}

/**
 * A random whole number of 0 … 2^63 - 1, as `torch.empty((), dtype=torch.int64).random_()` draws
 * it; PyTorch's RandomSampler takes its seed so.
 *
 * @param generator where the random bits come from
 */
export function randomInt64(generator: Generator = defaultGenerator): bigint {
  return BigInt.asUintN(63, generator.random64());
}
