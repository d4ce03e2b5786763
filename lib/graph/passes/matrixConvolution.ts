import { concat, floats, gatherRows, matMul, nodesOf, replaceValues, reshape } from '../ir';
import type { Node, Program, Value } from '../ir';
import { geometryOf, type Geometry } from './convolution';
import { SharedParts } from './sharedParts';

/**
 * Convolutions whose maps are no larger than their kernel, where most kernel positions meet only
 * padding, as matrix products, forward and both gradients: (B, H·W·Cin) × (H·W·Cin, H′·W′·Cout),
 * with the kernel's taps put where they meet a pixel. A 3×3 kernel on a 2×2 map multiplies 16 blocks
 * in place of 36, a 5×5 kernel in place of 100.
 */
export function matrixConvolution(program: Program): Program {
  const replacements = new Map<Value, Value>();
  const parts = new SharedParts();
  for (const node of nodesOf(program)) {
    const geometry = geometryOf(node);
    if (geometry === undefined || !isSmall(geometry)) continue;
    replacements.set(node.output, product(node, geometry, parts));
  }
  return replaceValues(program, replacements);
}

/** Floats that a kernel may take when it is laid out, pixels × pixels: 64 MiB. */
const LARGEST_MATRIX = 2 ** 24;

function isSmall({ input, output, kernel, inChannels, outChannels }: Geometry): boolean {
  const places = input[0] * input[1] * output[0] * output[1];
  return (
    input[0] <= kernel[0] &&
    input[1] <= kernel[1] &&
    places * inChannels * outChannels <= LARGEST_MATRIX
  );
}

function product(node: Node, geometry: Geometry, parts: SharedParts): Value {
  const { batch, input, output, kernel, inChannels, outChannels } = geometry;
  const pixels = input[0] * input[1];
  const outPixels = output[0] * output[1];
  const rows = (value: Value, size: number): Value => reshape(value, [batch, size]);
  const [a, b, c] = node.inputs as [Value, Value, Value];
  const x = pixels * inChannels;
  const y = outPixels * outChannels;
  // Forward and backward share the kernel that has been laid out.
  const matrix = (weights: Value): Value =>
    parts.once(weights, JSON.stringify(geometry), () => spreadKernel(weights, geometry));
  if (node.op === 'Conv2D') {
    return reshape(matMul(rows(a, x), matrix(b)), node.output.shape);
  }
  if (node.op === 'Conv2DBackpropInput') {
    return reshape(matMul(rows(c, y), matrix(b), false, true), node.output.shape);
  }
  // The gradient of each tap is the sum over the places where it was put.
  const full = matMul(rows(a, x), rows(c, y), true);
  const put = placesOf(geometry);
  const blocks = gatherRows(
    reshape(full, [x * outPixels, outChannels]),
    put.flatMap(({ pixel, outPixel }) =>
      counted(inChannels, (channel) => (pixel * inChannels + channel) * outPixels + outPixel),
    ),
  );
  const taps = matMul(
    oneHot(put, kernel[0] * kernel[1]),
    reshape(blocks, [put.length, inChannels * outChannels]),
    true,
  );
  return reshape(taps, [...kernel, inChannels, outChannels]);
}

/** The kernel as a matrix from all input pixels and channels to all of the output's. */
function spreadKernel(weights: Value, geometry: Geometry): Value {
  const { input, output, kernel, inChannels, outChannels } = geometry;
  const pixels = input[0] * input[1];
  const outPixels = output[0] * output[1];
  const taps = kernel[0] * kernel[1];
  const nothing = taps * inChannels;
  const sources = new Int32Array(pixels * inChannels * outPixels).fill(nothing);
  for (const { pixel, outPixel, tap } of placesOf(geometry)) {
    for (let channel = 0; channel < inChannels; channel++) {
      sources[(pixel * inChannels + channel) * outPixels + outPixel] = tap * inChannels + channel;
    }
  }
  const table = reshape(weights, [nothing, outChannels]);
  const withZeros = sources.includes(nothing)
    ? concat([table, floats(new Array<number>(outChannels).fill(0), [1, outChannels])], 0)
    : table;
  return reshape(gatherRows(withZeros, sources), [pixels * inChannels, outPixels * outChannels]);
}

/** A tap of the kernel that leads from an input pixel to one of the output. */
interface Place {
  readonly pixel: number;
  readonly outPixel: number;
  readonly tap: number;
}

function placesOf({ input, output, kernel, stride, before }: Geometry): Place[] {
  const places: Place[] = [];
  for (let pixel = 0; pixel < input[0] * input[1]; pixel++) {
    for (let outPixel = 0; outPixel < output[0] * output[1]; outPixel++) {
      const row = Math.floor(pixel / input[1]);
      const outRow = Math.floor(outPixel / output[1]);
      const tapRow = row + before[0] - outRow * stride[0];
      const tapColumn = (pixel % input[1]) + before[1] - (outPixel % output[1]) * stride[1];
      if (tapRow < 0 || tapRow >= kernel[0] || tapColumn < 0 || tapColumn >= kernel[1]) continue;
      places.push({ pixel, outPixel, tap: tapRow * kernel[1] + tapColumn });
    }
  }
  return places;
}

/** (places, taps): 1 where the place has the tap. */
function oneHot(places: readonly Place[], taps: number): Value {
  const values = new Array<number>(places.length * taps).fill(0);
  places.forEach(({ tap }, place) => (values[place * taps + tap] = 1));
  return floats(values, [places.length, taps]);
}

function counted(length: number, value: (index: number) => number): number[] {
  return Array.from({ length }, (_, index) => value(index));
}
