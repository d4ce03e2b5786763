import { at, nodesOf, replaceValues, reshape, transpose } from '../../ir';
import type { Node, Program, Value } from '../../ir';
import { geometryOf, type Geometry } from '../convolution';
import { SharedParts } from '../sharedParts';
import { kronecker, transposed, type Matrix } from './matrix';
import { fourOutputs, twoPixels, type MinimalFiltering } from './minimalFiltering';
import { fewestChannels, leftProduct, stackedProducts } from './products';

/**
 * Convolutions at stride 1 on small maps by minimal filtering (Winograd's), forward and both
 * gradients. A map of 4×4 pixels and a 3×3 kernel take 36 matrix products of (B, Cin) × (Cin, Cout)
 * in place of 144 (100, without those that meet only padding); one of 2×2 pixels 9 in place of 36.
 *
 * The input, laid out by pixels, is multiplied from the left by a small matrix of constants, and so
 * are the kernel and the output. What forward and backward share is computed once.
 *
 * Numbers of a tile are added before they are multiplied, so that rounding is relative to the largest
 * of the tile, not to those that an output depends on: beside 1e6, outputs elsewhere in the tile are
 * up to a hundredth off, and an infinity makes the whole tile NaN. For the same reason the gradient of
 * a weight that meets only zeros, which is 0 elsewhere, is a rounding error here, of which Adam makes
 * a step where it is not small beside epsilon.
 */
export function winogradConvolution(program: Program): Program {
  const replacements = new Map<Value, Value>();
  const parts = new SharedParts();
  for (const node of nodesOf(program)) {
    const geometry = geometryOf(node);
    const tiling = geometry && tilingOf(geometry);
    if (geometry === undefined || tiling === undefined) continue;
    replacements.set(node.output, convolve(node, geometry, tiling, parts));
  }
  return replaceValues(program, replacements);
}

/** On larger maps laying the tiles out by a matrix product takes as long as the convolution. */
const mostTiles = 4;

/** A minimal filtering of both axes, and how often it is laid side by side. */
interface Tiling {
  readonly filtering: readonly [rows: MinimalFiltering, columns: MinimalFiltering];
  readonly tiles: readonly [rows: number, columns: number];
}

function tilingOf(geometry: Geometry): Tiling | undefined {
  const { stride, inChannels, outChannels } = geometry;
  if (stride[0] !== 1 || stride[1] !== 1) return undefined;
  if (Math.min(inChannels, outChannels) < fewestChannels) return undefined;
  const rows = filteringOf(geometry, 0);
  const columns = filteringOf(geometry, 1);
  if (rows === undefined || columns === undefined) return undefined;
  const tiles = [geometry.output[0] / rows.outputs, geometry.output[1] / columns.outputs] as const;
  return tiles[0] * tiles[1] > mostTiles ? undefined : { filtering: [rows, columns], tiles };
}

function filteringOf(
  { input, output, kernel, before }: Geometry,
  axis: 0 | 1,
): MinimalFiltering | undefined {
  const keepsSize = output[axis] === input[axis] && before[axis] * 2 + 1 === kernel[axis];
  if (keepsSize && input[axis] === 2 && kernel[axis] >= 3) return twoPixels(kernel[axis]);
  if (kernel[axis] === 3 && output[axis] % fourOutputs.outputs === 0) return fourOutputs;
  return undefined;
}

function convolve(node: Node, geometry: Geometry, tiling: Tiling, parts: SharedParts): Value {
  const { batch, input, output, inChannels, outChannels } = geometry;
  const [tileRows, tileColumns] = tiling.tiles;
  const rows = tileRows * tileColumns * batch;
  const [outRows, outColumns] = tiling.filtering.map(({ outputs }) => outputs) as [number, number];
  const forward = inputMatrix(geometry, tiling);
  const multiplications = forward.length / (tileRows * tileColumns);
  const kernel = kronecker(tiling.filtering[0].kernel, tiling.filtering[1].kernel);
  const outputs = kronecker(tiling.filtering[0].output, tiling.filtering[1].output);
  const key = JSON.stringify(geometry);

  // (multiplications, tiles·B, Cin)
  const tiledInput = (x: Value): Value =>
    parts.once(x, `input ${key}`, () => {
      const byPixel = transpose(reshape(x, [batch, input[0] * input[1], inChannels]), [1, 0, 2]);
      return leftProduct(forward, byPixel, [multiplications, rows, inChannels]);
    });
  // (multiplications, Cin, Cout)
  const tiledKernel = (weights: Value): Value =>
    parts.once(weights, `kernel ${key}`, () =>
      leftProduct(kernel, weights, [multiplications, inChannels, outChannels]),
    );
  // (multiplications, tiles·B, Cout)
  const tiledGradient = (dy: Value): Value =>
    parts.once(dy, `gradient ${key}`, () => {
      const tiled = [batch, tileRows, outRows, tileColumns, outColumns, outChannels];
      const byPixel = transpose(reshape(dy, tiled), [2, 4, 1, 3, 0, 5]);
      return leftProduct(transposed(outputs), byPixel, [multiplications, rows, outChannels]);
    });

  const [a, b, c] = node.inputs as [Value, Value, Value];
  switch (node.op) {
    case 'Conv2D': {
      const products = stackedProducts(tiledInput(a), tiledKernel(b), false, false);
      const tiled = [outRows, outColumns, tileRows, tileColumns, batch, outChannels];
      const byPixel = leftProduct(outputs, products, tiled);
      return reshape(transpose(byPixel, [4, 2, 0, 3, 1, 5]), [batch, ...output, outChannels]);
    }
    case 'Conv2DBackpropInput': {
      const products = stackedProducts(tiledGradient(c), tiledKernel(b), false, true);
      const pixels = input[0] * input[1];
      const tiled = reshape(products, [forward.length, batch, inChannels]);
      const byPixel = leftProduct(transposed(forward), tiled, [pixels, batch, inChannels]);
      return reshape(transpose(byPixel, [1, 0, 2]), [batch, ...input, inChannels]);
    }
    default: {
      const products = stackedProducts(tiledInput(a), tiledGradient(c), true, false);
      const shape = [...geometry.kernel, inChannels, outChannels];
      return leftProduct(transposed(kernel), products, shape);
    }
  }
}

/**
 * (multiplications · tiles, pixels): from all pixels of the map to what each tile multiplies. The
 * tiles overlap, and reach over the edge, where pixels are zero.
 */
function inputMatrix({ input, before }: Geometry, { filtering, tiles }: Tiling): Matrix {
  const ofAxis = (axis: 0 | 1): Matrix => {
    const { input: transform, inputs, outputs } = filtering[axis];
    // A filtering that reads no more pixels than it gives has the padding in it.
    const offset = inputs > outputs ? before[axis] : 0;
    return transform.flatMap((row) =>
      Array.from({ length: tiles[axis] }, (_, tile) =>
        Array.from(
          { length: input[axis] },
          (_, pixel) => row[pixel + offset - tile * outputs] ?? 0,
        ),
      ),
    );
  };
  const product = kronecker(ofAxis(0), ofAxis(1));
  // Rows come as (m₀, tile₀, m₁, tile₁); the multiplications belong in front.
  const [m0, m1] = filtering.map(({ input: transform }) => transform.length) as [number, number];
  return Array.from({ length: m0 * m1 * tiles[0] * tiles[1] }, (_, row) => {
    const tile1 = row % tiles[1];
    const tile0 = Math.floor(row / tiles[1]) % tiles[0];
    const multiplication = Math.floor(row / (tiles[0] * tiles[1]));
    const i0 = Math.floor(multiplication / m1);
    const i1 = multiplication % m1;
    return at(product, ((i0 * tiles[0] + tile0) * m1 + i1) * tiles[1] + tile1);
  });
}
