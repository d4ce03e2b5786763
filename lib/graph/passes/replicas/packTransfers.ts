import {
  at,
  elementSize,
  integer,
  ints,
  Node,
  nodesOf,
  operation,
  sizeOf,
  type Program,
  type Value,
} from '../../ir';
import { on } from './on';

/** Bytes from which on a pack is closed, as of the buckets of PyTorch's DistributedDataParallel. */
const LARGEST = 25 * 2 ** 20;

/** Values of one type that go from one worker to another together. */
interface Pack {
  readonly from: number;
  readonly to: number;
  readonly values: Set<Value>;
  bytes: number;
}

/**
 * What goes from one worker to another as few large tensors, which are taken apart there: for most
 * tensors a message costs more than their bytes do.
 *
 * Values that go together must not need each other's arrival. How often what a value was made of has
 * gone across workers tells: what needs an arrival has gone once more.
 */
export function packTransfers(program: Program): Program {
  const nodes = nodesOf(program);
  const crossings = new Map<Node, number>();
  for (const node of nodes) {
    const before = node.inputs.map(
      (value) => (crossings.get(value.node) ?? 0) + (crosses(value, node.worker) ? 1 : 0),
    );
    crossings.set(node, Math.max(0, ...before));
  }
  const packs = packsOf(program, nodes, crossings);
  const copies = new Map<Value, Value>();
  const current = (value: Value): Value => copies.get(value) ?? value;
  const arrived = new Map<Pack, ReadonlyMap<Value, Value>>();
  const arriving = (value: Value, worker: number | undefined): Value => {
    const pack = packs.find(({ to, values }) => to === worker && values.has(value));
    if (pack === undefined) return current(value);
    const parts = arrived.get(pack) ?? transfer(pack, current);
    arrived.set(pack, parts);
    return parts.get(value) ?? value;
  };
  // All that goes together is there before what needs its arrival.
  const order = nodes.sort((a, b) => (crossings.get(a) ?? 0) - (crossings.get(b) ?? 0));
  for (const node of order) {
    const copy = node.withInputs(node.inputs.map((value) => arriving(value, node.worker)));
    node.outputs.forEach((value, i) => copies.set(value, at(copy.outputs, i)));
  }
  const effects = program.effects.map((effect) => ({
    ...effect,
    inputs: effect.inputs.map((value) => arriving(value, effect.worker)),
  }));
  return { results: program.results.map(current), effects };
}

function crosses({ node }: Value, to: number | undefined): boolean {
  return node.worker !== to;
}

/** Those of more than one value; the others go as they are. */
function packsOf(
  program: Program,
  nodes: readonly Node[],
  crossings: ReadonlyMap<Node, number>,
): Pack[] {
  const packs: Pack[] = [];
  const open = new Map<string, Pack>();
  for (const { inputs, worker: to } of [...nodes, ...program.effects]) {
    for (const value of inputs) {
      const { dtype, shape, node } = value;
      const from = node.worker;
      if (from === undefined || to === undefined || !crosses(value, to)) continue;
      if (packs.some((pack) => pack.to === to && pack.values.has(value))) continue;
      // Variables are there at once, and need not wait for what is computed.
      const key = [from, to, crossings.get(node), node.inputs.length === 0, dtype].join();
      let pack = open.get(key);
      if (pack === undefined || pack.bytes >= LARGEST) {
        pack = { from, to, values: new Set(), bytes: 0 };
        packs.push(pack);
        open.set(key, pack);
      }
      pack.values.add(value);
      pack.bytes += sizeOf(shape) * elementSize(dtype);
    }
  }
  return packs.filter(({ values }) => values.size > 1);
}

/** The values where they arrive. */
function transfer(
  { from, to, values: members }: Pack,
  current: (value: Value) => Value,
): Map<Value, Value> {
  const values = [...members];
  const sizes = values.map(({ shape }) => sizeOf(shape));
  const flat = values.map((value, i) => reshaped(current(value), [at(sizes, i)], from));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const packed = on(from, operation('ConcatV2', [...flat, on(from, integer(0))], [total]));
  const { outputs } = new Node(
    'SplitV',
    [packed, on(to, ints(sizes)), on(to, integer(0))],
    { num_split: { kind: 'int', value: sizes.length } },
    sizes.map((size) => ({ dtype: packed.dtype, shape: [size] })),
    undefined,
    to,
  );
  return new Map(values.map((value, i) => [value, reshaped(at(outputs, i), value.shape, to)]));
}

function reshaped(value: Value, shape: readonly number[], worker: number): Value {
  if (value.shape.join() === shape.join()) return value;
  return on(worker, operation('Reshape', [value, on(worker, ints(shape))], shape));
}
