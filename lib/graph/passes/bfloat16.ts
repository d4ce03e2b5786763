import { at, DataType, mapValues, Node, nodesOf, operation } from '../ir';
import type { Attributes, Program, Value } from '../ir';

/**
 * Mixed precision: convolutions, those written as matrix products too, and what lies between them,
 * batch normalisations among it, compute in bfloat16. Variables, their updates, the gradients' last step and every other operation
 * stay float32. TensorFlow's kernels add up products in float32; BiasAddGrad would add up in the type
 * that it is given, and so is given float32.
 */
export function bfloat16(program: Program): Program {
  const narrow = new Map<Value, Value>();
  const wide = new Map<Value, Value>();
  const casts = new Map<Value, Value>();
  const toNarrow = (value: Value): Value => {
    const known = narrow.get(value) ?? casts.get(value);
    if (known !== undefined) return known;
    const converted = cast(toWide(value), DataType.bfloat16);
    casts.set(value, converted);
    return converted;
  };
  const toWide = (value: Value): Value => {
    const known = wide.get(value);
    if (known !== undefined) return known;
    const half = narrow.get(value);
    const converted = half === undefined ? value : cast(half, DataType.float32);
    wide.set(value, converted);
    return converted;
  };
  for (const node of nodesOf(program)) {
    const narrowed = isNarrowed(node, (value) => narrow.has(value));
    const copy = narrowed
      ? retyped(node, toNarrow, toWide)
      : node.withInputs(node.inputs.map(toWide));
    node.outputs.forEach((value, i) => {
      const copies = narrowed && operandsOf(node).outputs(i) ? narrow : wide;
      copies.set(value, at(copy.outputs, i));
    });
  }
  return mapValues(program, toWide);
}

/** Where the time goes. */
const products = new Set(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MatMul']);

/** Operations that follow their main input, given by its position, into bfloat16. */
const followers = new Map([
  ['BiasAdd', 0],
  ['Relu', 0],
  ['ReluGrad', 0],
  ['MaxPool', 0],
  ['MaxPoolGrad', 2],
  ['Reshape', 0],
  ['Transpose', 0],
  ['Slice', 0],
  ['SplitV', 0],
  ['PadV2', 0],
  ['ConcatV2', 0],
  ['Add', 0],
  ['AddV2', 0],
  ['FusedBatchNormV2', 0],
  ['FusedBatchNormGradV2', 1],
]);

/** Of a batch normalisation the features alone: statistics, weights and their gradients stay float32. */
const features = new Map([
  ['FusedBatchNormV2', { inputs: 1, outputs: 1 }],
  ['FusedBatchNormGradV2', { inputs: 2, outputs: 1 }],
]);

/** Which of an operation's float32 operands become bfloat16, by their position. */
function operandsOf({ op }: Node) {
  const { inputs, outputs } = features.get(op) ?? { inputs: Infinity, outputs: Infinity };
  return {
    inputs: (position: number) => position < inputs,
    outputs: (position: number) => position < outputs,
  };
}

function isNarrowed(node: Node, isNarrow: (value: Value) => boolean): boolean {
  if (node.outputs[0]?.dtype !== DataType.float32) return false;
  if (products.has(node.op)) return true;
  const main = followers.get(node.op);
  const value = main === undefined ? undefined : node.inputs[main];
  return value !== undefined && isNarrow(value);
}

/** The node with its float32 operands and type attributes as bfloat16. */
function retyped(
  node: Node,
  toNarrow: (value: Value) => Value,
  toWide: (value: Value) => Value,
): Node {
  const operands = operandsOf(node);
  const inputs = node.inputs.map((value, i) => {
    if (value.dtype !== DataType.float32) return value;
    return operands.inputs(i) ? toNarrow(value) : toWide(value);
  });
  const outputs = node.outputs.map(({ dtype, shape }, i) => ({
    dtype: dtype === DataType.float32 && operands.outputs(i) ? DataType.bfloat16 : dtype,
    shape,
  }));
  return new Node(node.op, inputs, narrowTypes(node.attributes), outputs);
}

function narrowTypes(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [
      name,
      // U: the type of statistics.
      attribute.kind === 'type' && attribute.value === DataType.float32 && name !== 'U'
        ? { kind: 'type', value: DataType.bfloat16 }
        : attribute,
    ]),
  );
}

function cast(value: Value, dtype: number): Value {
  const types: Attributes = {
    SrcT: { kind: 'type', value: value.dtype },
    DstT: { kind: 'type', value: dtype },
  };
  return operation('Cast', [value], value.shape, types, dtype);
}
