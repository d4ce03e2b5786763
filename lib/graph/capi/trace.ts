import { BinaryReader } from '@bufbuild/protobuf/wire';

/** When one operation of a run was computed. */
export interface OperationTime {
  /** The kernel's name, as TensorFlow's own rewrites left it: `_MklNativeFusedConv2D`. */
  readonly op: string;
  /** The node's name in the graph. */
  readonly node: string;
  /** Begin and end in microseconds, from any point in time on. */
  readonly begin: number;
  readonly end: number;
}

// Field numbers of tensorflow/core/protobuf/config.proto and framework/step_stats.proto.
const stepStats = 1;
const deviceStats = 1;
const nodeStats = 2;
const nodeName = 1;
const timelineLabel = 8;
const opEndNanos = 15;
const opStartNanos = 14;
const allStartNanos = 13;

/** RunOptions that ask for every operation's times. */
export const fullTrace = Uint8Array.of(0x08, 3);

/** The operations of a RunMetadata's bytes, in the order in which they began. */
export function readOperationTimes(metadata: Uint8Array): OperationTime[] {
  const times: OperationTime[] = [];
  for (const step of messages(metadata, stepStats)) {
    for (const device of messages(step, deviceStats)) {
      for (const node of messages(device, nodeStats)) times.push(operationTime(node));
    }
  }
  return times.sort((a, b) => a.begin - b.begin);
}

function operationTime(bytes: Uint8Array): OperationTime {
  const reader = new BinaryReader(bytes);
  const texts = new Map<number, string>();
  const numbers = new Map<number, number>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === nodeName || field === timelineLabel) texts.set(field, reader.string());
    else if (field >= allStartNanos && field <= opEndNanos)
      numbers.set(field, Number(reader.int64()));
    else reader.skip(type);
  }
  const node = texts.get(nodeName) ?? '';
  // "name = Op(inputs)"
  const op = / = ([^(]+)\(/.exec(texts.get(timelineLabel) ?? '')?.[1] ?? node;
  const start = numbers.get(allStartNanos) ?? 0;
  const at = (field: number) => (start + (numbers.get(field) ?? 0)) / 1000;
  return { op, node, begin: at(opStartNanos), end: at(opEndNanos) };
}

function* messages(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === wanted) yield reader.bytes();
    else reader.skip(type);
  }
}
