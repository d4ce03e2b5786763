import type { Attributes } from './attributes';
import { Node, type InputSource, type Value } from './program';
import { DataType, type TypedArray } from './tensor';

/** What is filled in at each call, or kept in the session; without a source it has to be replaced. */
export function inputNode(
  source: InputSource | undefined,
  dtype: number,
  shape: readonly number[],
): Node {
  const attributes: Attributes = {
    dtype: { kind: 'type', value: dtype },
    shape: { kind: 'shape', value: shape },
  };
  return new Node('Placeholder', [], attributes, [{ dtype, shape }], source);
}

/** A constant node. */
export function constantNode(dtype: number, shape: readonly number[], values: TypedArray): Node {
  return new Node(
    'Const',
    [],
    { dtype: { kind: 'type', value: dtype }, value: { kind: 'tensor', dtype, shape, values } },
    [{ dtype, shape }],
  );
}

export function floats(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Value {
  return constantNode(DataType.float32, shape, Float32Array.from(values)).output;
}

export function ints(values: readonly number[], shape: readonly number[] = [values.length]): Value {
  return constantNode(DataType.int32, shape, Int32Array.from(values)).output;
}

export function integer(value: number): Value {
  return ints([value], []);
}

export function float(value: number): Value {
  return floats([value], []);
}

/** A node with one result of the given shape, and of its first input's type unless given. */
export function operation(
  op: string,
  inputs: readonly Value[],
  shape: readonly number[],
  attributes: Attributes = {},
  dtype: number = firstOf(inputs).dtype,
): Value {
  return new Node(op, inputs, attributes, [{ dtype, shape }]).output;
}

export function reshape(value: Value, shape: readonly number[]): Value {
  if (value.shape.join() === shape.join()) return value;
  const source = value.node.op === 'Reshape' ? value.node.input(0) : value;
  if (source.shape.join() === shape.join()) return source;
  return operation('Reshape', [source, ints(shape)], shape);
}

/** a·b of two matrices, either transposed first. */
export function matMul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
  const rows = at(a.shape, transposeA ? 1 : 0);
  const columns = at(b.shape, transposeB ? 0 : 1);
  return operation('MatMul', [a, b], [rows, columns], {
    transpose_a: { kind: 'bool', value: transposeA },
    transpose_b: { kind: 'bool', value: transposeB },
  });
}

/** The value with its axes in another order. */
export function transpose(value: Value, order: readonly number[]): Value {
  return operation(
    'Transpose',
    [value, ints(order)],
    order.map((axis) => at(value.shape, axis)),
  );
}

export function concat(values: readonly Value[], axis: number): Value {
  const shape = [...firstOf(values).shape];
  shape[axis] = values.reduce((sum, value) => sum + at(value.shape, axis), 0);
  return operation('ConcatV2', [...values, integer(axis)], shape);
}

/** The value with `[before, after]` elements of one number around it, along each axis. */
export function pad(
  value: Value,
  paddings: readonly (readonly [before: number, after: number])[],
  element: number,
): Value {
  const shape = value.shape.map((size, axis) => {
    const [before, after] = at(paddings, axis);
    return before + size + after;
  });
  return operation(
    'PadV2',
    [value, ints(paddings.flat(), [paddings.length, 2]), float(element)],
    shape,
  );
}

/** Rows of a matrix, in the order of the indices. */
export function gatherRows(table: Value, rows: ArrayLike<number>): Value {
  const indices = constantNode(DataType.int32, [rows.length], Int32Array.from(rows)).output;
  return operation('GatherV2', [table, indices, integer(0)], [rows.length, at(table.shape, 1)]);
}

/** The element, which must exist. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new Error(`there is no element ${index} of ${list.length}`);
  return element;
}

function firstOf(values: readonly Value[]): Value {
  return at(values, 0);
}

/** Skips casts to the type that a value has already. */
export function withoutCast(value: Value): Value {
  const { node } = value;
  return node.op === 'Cast' && node.input(0).dtype === value.dtype
    ? withoutCast(node.input(0))
    : value;
}

/** The values of a constant, or undefined for anything else. */
export function constantValues(value: Value): TypedArray | undefined {
  const { op, attributes } = value.node;
  const tensor = attributes['value'];
  return op === 'Const' && tensor?.kind === 'tensor' ? tensor.values : undefined;
}

/** The number that every element of a value has, if it is a constant, a Fill of one, or ZerosLike. */
export function uniformValue(value: Value): number | undefined {
  const { op } = value.node;
  if (op === 'ZerosLike') return 0;
  if (op === 'Fill') return uniformValue(value.node.input(1));
  const values = constantValues(value);
  return values !== undefined && isUniform(values) ? values[0] : undefined;
}

/** Whether every element has the bits of the first. */
export function isUniform({
  buffer,
  byteOffset,
  byteLength,
  BYTES_PER_ELEMENT,
}: TypedArray): boolean {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const next = bytes.subarray(BYTES_PER_ELEMENT);
  return bytes.subarray(0, next.length).equals(next);
}

export function intList(attributes: Attributes, name: string): readonly number[] {
  const attribute = attributes[name];
  if (attribute?.kind !== 'int') return [];
  return typeof attribute.value === 'number' ? [attribute.value] : attribute.value;
}

export function stringOf(attributes: Attributes, name: string): string | undefined {
  const attribute = attributes[name];
  return attribute?.kind === 'string' ? attribute.value : undefined;
}

/** Whether the node has the attribute, and it is true. */
export function isFlagged({ attributes }: Node, name: string): boolean {
  const attribute = attributes[name];
  return attribute?.kind === 'bool' && attribute.value === true;
}
