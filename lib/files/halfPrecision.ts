import { Float16Array } from '@petamoriken/float16';

/** One of many; rounding up would make infinities of some of the others. */
const BFLOAT16_NAN = 0x7fc0;

/** Types of two bytes a number, by safetensors' names. */
export type HalfDtype = 'F16' | 'BF16';

/** The numbers as float32, which holds each of them exactly (PyTorch's `.float()`). */
export function fromHalf(dtype: HalfDtype, bytes: ArrayBuffer): Float32Array {
  if (dtype === 'F16') return Float32Array.from(new Float16Array(bytes));
  // bfloat16 is the upper half of a float32.
  const bits = Uint32Array.from(new Uint16Array(bytes), (half) => half << 16);
  return new Float32Array(bits.buffer);
}

/**
 * The numbers rounded to the nearest of the type, of two as near to the even one; too large ones
 * become infinite (PyTorch's `.half()` and `.bfloat16()`).
 */
export function toHalf(dtype: HalfDtype, values: Float32Array): Uint8Array {
  if (dtype === 'F16') return new Uint8Array(Float16Array.from(values).buffer);
  const bits = new Uint32Array(values.slice().buffer);
  const halves = Uint16Array.from(bits, (word, index) => {
    if (Number.isNaN(values[index])) return BFLOAT16_NAN;
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
  return new Uint8Array(halves.buffer);
}
