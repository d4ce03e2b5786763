import type { tf } from '../runtime';
import { formatShape } from './layout';

/**
 * How the last axis of a tensor stands to PyTorch's: a channel axis that PyTorch has `first`, or
 * features that are `last` there too; for the flattened features of a map, the map's shape
 * [height, width, channels], which PyTorch flattens channels first; or `unknown`.
 */
export type FeatureOrder = 'first' | 'last' | 'unknown' | readonly number[];

/** Layers that move or mix what the others leave in its order. */
const MIXING = ['Permute', 'Dot'];
/** Layers that take a sequence channels first in PyTorch, (batch, channels, length). */
const CHANNELS_FIRST = /Pooling|BatchNormalization/;

/**
 * Follows a tensor's features back through the layers that keep their order. A model's input is
 * PyTorch's (batch, channels, …) from rank 4 on, and in both the same below.
 */
export function featureOrder(x: tf.SymbolicTensor): FeatureOrder {
  const shape = x.shape.slice(1);
  const [input] = x.inputs;
  if (!input) return shape.length > 2 ? 'first' : 'last';
  const kind = x.sourceLayer.getClassName();
  if (kind.includes('Conv')) return 'first';
  if (kind === 'Dense' || kind === 'Embedding') return 'last';
  if (MIXING.includes(kind)) return 'unknown';
  const order = sharedOrder(x.inputs);
  const before = input.shape.slice(1);
  if (isFlattened(order)) return formatShape(before) === formatShape(shape) ? order : 'unknown';
  const isReshape = kind === 'Flatten' || kind === 'Reshape';
  const after = isReshape ? reshapedOrder(order, before, shape) : order;
  if (shape.length === 1) return after === 'first' ? 'last' : after;
  return after === 'last' && CHANNELS_FIRST.test(kind) ? 'first' : after;
}

/** The order that all of the tensors have, or `unknown`. */
export function sharedOrder(tensors: readonly tf.SymbolicTensor[]): FeatureOrder {
  const orders = tensors.map(featureOrder);
  const [order = 'unknown'] = orders;
  return orders.every((other) => String(other) === String(order)) ? order : 'unknown';
}

export function isFlattened(order: FeatureOrder): order is readonly number[] {
  return typeof order !== 'string';
}

type Shape = readonly (number | null)[];

function reshapedOrder(order: FeatureOrder, before: Shape, after: Shape): FeatureOrder {
  if (order === 'unknown') return order;
  if (before.at(-1) === after.at(-1)) return after.length > 2 ? 'first' : order;
  if (order === 'last' && after.length <= 2) return order;
  if (hasOneOrder(before) && hasOneOrder(after)) return 'first';
  return order === 'first' && after.length === 1 ? (before as number[]) : 'unknown';
}

/** Whether channels first and channels last are the same order of a map's numbers. */
function hasOneOrder(shape: Shape): boolean {
  return shape.at(-1) === 1 || !hasPositions(shape);
}

/** Whether a map has more than one position, or may have. */
export function hasPositions(shape: Shape): boolean {
  return shape.slice(0, -1).some((size) => size !== 1);
}
