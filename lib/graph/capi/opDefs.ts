import { BinaryReader } from '@bufbuild/protobuf/wire';
import { takeBuffer, type NativeGraph } from './graph';
import type { Pointer } from './library';
import { call, withStatus } from './status';

/** What is needed of an operation's registration (OpDef). */
export interface OpDef {
  /** One entry an input: true where the input is a list of tensors. */
  readonly listInputs: readonly boolean[];
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
const numberAttr = 5;
const typeListAttr = 6;

function read(graph: NativeGraph, op: string): OpDef {
  const buffer = call('TF_NewBuffer') as Pointer;
  withStatus((status) => {
    call('TF_GraphGetOpDef', graph.pointer, op, buffer, status);
  });
  const listInputs: boolean[] = [];
  let stateful = false;
  const reader = new BinaryReader(takeBuffer(buffer));
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === inputArg) listInputs.push(isList(reader.bytes()));
    else if (field === isStateful) stateful = reader.bool();
    else reader.skip(wireType);
  }
  return { listInputs, stateful };
}

/** Whether an input (ArgDef) names the attribute that holds how many tensors it takes. */
function isList(argDef: Uint8Array): boolean {
  const reader = new BinaryReader(argDef);
  let list = false;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === numberAttr || field === typeListAttr) list ||= reader.string() !== '';
    else reader.skip(wireType);
  }
  return list;
}
