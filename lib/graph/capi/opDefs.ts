import { BinaryReader } from '@bufbuild/protobuf/wire';
import { takeBuffer, type NativeGraph } from './graph';
import type { Pointer } from './library';
import { call, withStatus } from './status';

/** What is needed of an operation's registration (OpDef). */
export interface OpDef {
  /** One entry an input: true where the input is a list of tensors. */
  readonly listInputs: readonly boolean[];
  /** Attributes that follow from the inputs: their type, and how many they are. */
  readonly inferredAttributes: ReadonlySet<string>;
  /** Whether calling it twice may differ from calling it once: random numbers, files, queues. */
  readonly stateful: boolean;
}

const known = new Map<string, OpDef>();

/** @throws TensorFlowError when TensorFlow has no operation of that name. */
export function opDef(graph: NativeGraph, op: string): OpDef {
  let definition = known.get(op);
  if (definition === undefined) {
    definition = read(graph, op);
    known.set(op, definition);
  }
  return definition;
}

// Field numbers of tensorflow/core/framework/op_def.proto.
const inputArg = 2;
const isStateful = 17;
const typeAttr = 4;
const numberAttr = 5;
const typeListAttr = 6;

function read(graph: NativeGraph, op: string): OpDef {
  const buffer = call('TF_NewBuffer') as Pointer;
  withStatus((status) => {
    call('TF_GraphGetOpDef', graph.pointer, op, buffer, status);
  });
  const listInputs: boolean[] = [];
  const inferredAttributes = new Set<string>();
  let stateful = false;
  const reader = new BinaryReader(takeBuffer(buffer));
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === inputArg) {
      const attributes = attributesOf(reader.bytes());
      listInputs.push(attributes.has(numberAttr) || attributes.has(typeListAttr));
      for (const name of attributes.values()) inferredAttributes.add(name);
    } else if (field === isStateful) stateful = reader.bool();
    else reader.skip(wireType);
  }
  return { listInputs, inferredAttributes, stateful };
}

/** The attributes that an input (ArgDef) names for its type and length, by their field. */
function attributesOf(argDef: Uint8Array): Map<number, string> {
  const reader = new BinaryReader(argDef);
  const attributes = new Map<number, string>();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== typeAttr && field !== numberAttr && field !== typeListAttr) reader.skip(wireType);
    else {
      const name = reader.string();
      if (name !== '') attributes.set(field, name);
    }
  }
  return attributes;
}
