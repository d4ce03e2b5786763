import { at, intList, ints, operation, pad, replaceValues, stringOf, Uses } from '../ir';
import type { Attributes, Node, Program, Value } from '../ir';

/**
 * Max pooling at stride 1 with 'same' padding, of which a 1×1 pooling then keeps every s-th row
 * and column, as one 'valid' pooling at stride s of the input padded with -∞; and the two
 * gradients as one. (It is how a pool with symmetric padding is written where only 'same' and
 * 'valid' are at hand. TensorFlow's pooling with explicit padding has no fast kernel on the CPU.)
 */
export function stridedMaxPool(program: Program): Program {
  const uses = new Uses(program);
  const replacements = new Map<Value, Value>();
  for (const picked of uses.nodes) {
    if (!isPick(picked)) continue;
    const windows = picked.input(0).node;
    if (!isWindows(windows)) continue;
    // All readers must be gradients of this pair.
    const inner = uses.of(windows.output).filter(({ node }) => node !== picked);
    const gradients = inner.flatMap(({ node }) =>
      isGradientOf(node, picked) ? uses.of(node.output).map((use) => use.node) : [],
    );
    const ownReads = inner.every(
      ({ node }) => isGradientOf(node, picked) || isGradientOf(node, windows),
    );
    if (!ownReads || uses.isExternal(windows.output)) continue;
    const x = windows.input(0);
    const paddings = paddingsOf(x, windows, picked);
    const padded = pad(x, paddings, -Infinity);
    const attributes: Attributes = {
      ...windows.attributes,
      strides: { kind: 'int', value: intList(picked.attributes, 'strides') },
      padding: { kind: 'string', value: 'VALID' },
    };
    const pooled = operation('MaxPool', [padded], picked.output.shape, attributes);
    replacements.set(picked.output, pooled);
    for (const gradient of new Set(gradients)) {
      if (!isGradientOf(gradient, windows)) continue;
      const dy = gradient.input(2).node.input(2);
      const whole = operation('MaxPoolGrad', [padded, pooled, dy], padded.shape, attributes);
      const offset = ints(paddings.map(([before]) => before));
      replacements.set(
        gradient.output,
        operation('Slice', [whole, offset, ints(x.shape)], x.shape),
      );
    }
  }
  return replaceValues(program, replacements);
}

function isWindows({ op, attributes }: Node): boolean {
  const [, height = 0, width = 0] = intList(attributes, 'ksize');
  return (
    op === 'MaxPool' &&
    stringOf(attributes, 'padding') === 'SAME' &&
    stringOf(attributes, 'data_format') !== 'NCHW' &&
    intList(attributes, 'strides').every((stride) => stride === 1) &&
    height % 2 === 1 &&
    width % 2 === 1
  );
}

function isPick({ op, attributes }: Node): boolean {
  return (
    op === 'MaxPool' &&
    intList(attributes, 'ksize').every((size) => size === 1) &&
    intList(attributes, 'strides').some((stride) => stride > 1)
  );
}

function isGradientOf(node: Node, pool: Node): boolean {
  return (
    node.op === 'MaxPoolGrad' && node.input(0) === pool.input(0) && node.input(1) === pool.output
  );
}

/** As much before and after each axis as the windows that are kept reach beyond the map. */
function paddingsOf(x: Value, windows: Node, picked: Node): [before: number, after: number][] {
  const sizes = intList(windows.attributes, 'ksize');
  const strides = intList(picked.attributes, 'strides');
  return x.shape.map((size, axis) => {
    const window = at(sizes, axis);
    const before = (window - 1) / 2;
    const reach = (at(picked.output.shape, axis) - 1) * at(strides, axis) + window - before;
    return [before, Math.max(0, reach - size)];
  });
}
