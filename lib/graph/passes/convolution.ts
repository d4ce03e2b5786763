import { at, intList, stringOf, type Node } from '../ir';

/** A convolution's sizes, the same for its forward operation and its two gradients. */
export interface Geometry {
  readonly batch: number;
  readonly input: readonly [height: number, width: number];
  readonly output: readonly [height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  /** Padding in front of the first row and column. */
  readonly before: readonly [top: number, left: number];
  readonly inChannels: number;
  readonly outChannels: number;
}

/**
 * The geometry of a Conv2D, Conv2DBackpropInput or Conv2DBackpropFilter; undefined for other
 * operations, and for convolutions that are dilated, grouped, or not in NHWC layout.
 */
export function geometryOf(node: Node): Geometry | undefined {
  const { op, attributes } = node;
  const shapes = shapesOf(node);
  if (shapes === undefined || stringOf(attributes, 'data_format') === 'NCHW') return undefined;
  if (intList(attributes, 'dilations').some((dilation) => dilation !== 1)) return undefined;
  const { x, kernel, y } = shapes;
  const [batch, height, width, inChannels] = x;
  const [kernelHeight, kernelWidth, kernelIn, outChannels] = kernel;
  const [, outHeight, outWidth] = y;
  const [, strideHeight = 1, strideWidth = 1] = intList(attributes, 'strides');
  if (kernelIn !== inChannels) return undefined; // a grouped convolution
  const padding = stringOf(attributes, 'padding');
  const same = (size: number, out: number, kernelSize: number, stride: number): number =>
    Math.floor(Math.max(0, (out - 1) * stride + kernelSize - size) / 2);
  const explicit = intList(attributes, 'explicit_paddings');
  let before: [number, number];
  if (padding === 'VALID') before = [0, 0];
  else if (padding === 'SAME') {
    before = [
      same(height, outHeight, kernelHeight, strideHeight),
      same(width, outWidth, kernelWidth, strideWidth),
    ];
  } else if (op === 'Conv2D' || explicit.length === 8) before = [at(explicit, 2), at(explicit, 4)];
  else return undefined;
  return {
    batch,
    input: [height, width],
    output: [outHeight, outWidth],
    kernel: [kernelHeight, kernelWidth],
    stride: [strideHeight, strideWidth],
    before,
    inChannels,
    outChannels,
  };
}

type Shape4 = [number, number, number, number];

function shapesOf({
  op,
  inputs,
  outputs,
}: Node): { x: Shape4; kernel: Shape4; y: Shape4 } | undefined {
  const [a, b, c] = inputs.map(({ shape }) => shape as Shape4);
  const result = outputs[0]?.shape as Shape4 | undefined;
  if (a === undefined || b === undefined || result === undefined) return undefined;
  if (op === 'Conv2D') return { x: a, kernel: b, y: result };
  if (c === undefined) return undefined;
  if (op === 'Conv2DBackpropInput') return { x: result, kernel: b, y: c };
  if (op === 'Conv2DBackpropFilter') return { x: a, kernel: result, y: c };
  return undefined;
}
