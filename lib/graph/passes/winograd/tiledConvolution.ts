import {
  gatherRows,
  ints,
  nodesOf,
  operation,
  pad,
  replaceValues,
  reshape,
  transpose,
} from '../../ir';
import type { Node, Program, Value } from '../../ir';
import { geometryOf, type Geometry } from '../convolution';
import { kronecker } from './matrix';
import { fourOutputs } from './minimalFiltering';
import { fewestChannels, leftProduct, stackedProducts } from './products';

/**
 * 3×3 convolutions at stride 1 on maps of any size by minimal filtering (Winograd's), in the
 * forward pass: tiles of 4×4 pixels, each from 6×6 of the input, by 36 matrix products of
 * (B·tiles, Cin) × (Cin, Cout). Four times fewer multiplications than one for each kernel tap.
 */
export function tiledConvolution(program: Program): Program {
  const replacements = new Map<Value, Value>();
  for (const node of nodesOf(program)) {
    const geometry = node.op === 'Conv2D' ? geometryOf(node) : undefined;
    if (geometry === undefined || !isSuitable(geometry)) continue;
    replacements.set(node.output, convolve(node, geometry));
  }
  return replaceValues(program, replacements);
}

const { outputs: outPixels, inputs: inPixels } = fourOutputs;

/** With fewer tiles in the batch, laying the kernel out takes longer than the products save. */
const fewestTiles = 48;

function tilesOf({ output }: Geometry): [rows: number, columns: number] {
  return output.map((pixels) => Math.ceil(pixels / outPixels)) as [number, number];
}

function isSuitable(geometry: Geometry): boolean {
  const { kernel, stride, output, batch, inChannels, outChannels } = geometry;
  const [tileRows, tileColumns] = tilesOf(geometry);
  return (
    batch * tileRows * tileColumns >= fewestTiles &&
    kernel.every((taps) => taps === 3) &&
    stride.every((step) => step === 1) &&
    Math.min(inChannels, outChannels) >= fewestChannels &&
    // A tile that is mostly beyond the edge costs as much as a whole one.
    output.every((pixels) => pixels > outPixels)
  );
}

function convolve(node: Node, geometry: Geometry): Value {
  const { batch, output, inChannels, outChannels } = geometry;
  const tiles = tilesOf(geometry);
  const rows = batch * tiles[0] * tiles[1];
  const multiplications = fourOutputs.input.length ** 2;
  const input = leftProduct(
    kronecker(fourOutputs.input, fourOutputs.input),
    overlappingTiles(node.input(0), geometry, tiles),
    [multiplications, rows, inChannels],
  );
  const kernel = leftProduct(kronecker(fourOutputs.kernel, fourOutputs.kernel), node.input(1), [
    multiplications,
    inChannels,
    outChannels,
  ]);
  const byPixel = leftProduct(
    kronecker(fourOutputs.output, fourOutputs.output),
    stackedProducts(input, kernel, false, false),
    [outPixels, outPixels, batch, ...tiles, outChannels],
  );
  const filled = [tiles[0] * outPixels, tiles[1] * outPixels] as const;
  const whole = reshape(transpose(byPixel, [2, 3, 0, 4, 1, 5]), [batch, ...filled, outChannels]);
  if (filled.join() === output.join()) return whole;
  const shape = [batch, ...output, outChannels];
  return operation('Slice', [whole, ints([0, 0, 0, 0]), ints(shape)], shape);
}

/** (6·6 · B·tiles, Cin): the pixels of every tile, those beyond the edge being zero. */
function overlappingTiles(x: Value, geometry: Geometry, tiles: readonly [number, number]): Value {
  const { batch, input, before, inChannels } = geometry;
  const [height, width] = tiles.map((count) => (count - 1) * outPixels + inPixels) as [
    number,
    number,
  ];
  const padded = pad(
    x,
    [
      [0, 0],
      [before[0], Math.max(0, height - before[0] - input[0])],
      [before[1], Math.max(0, width - before[1] - input[1])],
      [0, 0],
    ],
    0,
  );
  const [, rowLength = 0, columns = 0] = padded.shape;
  const indices = new Int32Array(inPixels ** 2 * batch * tiles[0] * tiles[1]);
  let next = 0;
  for (let row = 0; row < inPixels; row++) {
    for (let column = 0; column < inPixels; column++) {
      for (let image = 0; image < batch; image++) {
        for (let tileRow = 0; tileRow < tiles[0]; tileRow++) {
          for (let tileColumn = 0; tileColumn < tiles[1]; tileColumn++) {
            const y = tileRow * outPixels + row;
            const z = tileColumn * outPixels + column;
            indices[next++] = (image * rowLength + y) * columns + z;
          }
        }
      }
    }
  }
  return gatherRows(reshape(padded, [batch * rowLength * columns, inChannels]), indices);
}
