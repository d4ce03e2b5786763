import type { tf } from '../../../runtime';
import {
  at,
  constantValues,
  float,
  nodesOf,
  operation,
  reductionOf,
  sizeOf,
  type Effect,
  type InputSource,
  type Node,
  type Program,
  type Reduction,
  type Value,
} from '../../ir';
import { on } from './on';
import { owners, type Owners } from './owners';
import { ofRows } from './ofRows';

/** A step on one worker's rows of a batch. */
export interface Replica {
  /** The step for so many rows; those of all replicas differ in nothing but their number. */
  readonly program: Program;
  readonly rows: number;
}

/** The arguments of a replica. */
export interface ReplicaArguments {
  /** How many it has. */
  readonly count: number;
  /** Those that are the same in all replicas. */
  readonly common: ReadonlySet<number>;
}

/** A reduction as one replica's program has it. */
interface Reduced {
  readonly node: Node;
  readonly reduction: Reduction;
  /** What it needs that no reduction before it needs, each after its inputs. */
  readonly nodes: readonly Node[];
}

/**
 * One program of several workers' replicas of a step (data parallelism): the first worker computes
 * the first replica's rows, and so on. What the step takes across replicas ({@link acrossReplicas})
 * comes together on one worker, a mean with each replica's rows as its weight; what follows from it,
 * results and effects among it, is computed once.
 *
 * Variables, and what an optimizer keeps of them, are spread over the workers (`owners`). In each step
 * a worker sends its own variables to all others and gets their gradients of them: so every worker
 * sends and receives what two copies of all variables take, however many workers there are.
 *
 * The program's arguments are the first replica's, then the second's, and so on. A random tensor that
 * has a replica's number of rows is the part of the one that a single worker would draw.
 *
 * @param replicas at least one
 * @param workers how many there are: a small batch may leave some without rows
 * @throws Error where a result or effect hangs on an argument that is not the same in all replicas
 */
export function replicate(
  replicas: readonly Replica[],
  args: ReplicaArguments,
  workers: number,
): Program {
  const { program } = at(replicas, 0);
  const places = owners(program, workers);
  const total = replicas.reduce((sum, { rows }) => sum + rows, 0);
  const plans = new Map<Program, readonly Reduced[]>();
  const shared = new SharedInputs(places, args.common);
  let first = 0;
  const copies = replicas.map((replica, worker) => {
    const plan = plans.get(replica.program) ?? reductionsOf(replica.program);
    plans.set(replica.program, plan);
    const rows = { first, count: replica.rows, total };
    first += replica.rows;
    const values = new Map<Value, Value>();
    const copy = (node: Node): void => {
      const { source } = node;
      const known = source && shared.of(node, source);
      const inputs = node.inputs.map((value) => found(values, value));
      const copied =
        known ??
        ofRows(node, inputs, rows, worker) ??
        node.copy(inputs, {
          worker,
          ...(source?.kind === 'argument' && {
            source: { kind: 'argument', index: worker * args.count + source.index },
          }),
        });
      node.outputs.forEach((value, i) => values.set(value, at(copied.outputs, i)));
    };
    return { plan, copy, values, share: replica.rows / total };
  });
  const together = new Map<Value, Value>();
  at(copies, 0).plan.forEach(({ node, reduction }, i) => {
    const parts = copies.map(({ plan, copy, values, share }, worker) => {
      const own = at(plan, i);
      own.nodes.forEach(copy);
      return weighted(found(values, own.node.input(0)), reduction, share, worker);
    });
    const value = sumOf(parts, places.reductions.get(reduction.number) ?? 0);
    together.set(node.output, value);
    for (const { plan, values } of copies) values.set(at(plan, i).node.output, value);
  });
  return once(program, together, shared, places);
}

/** The reductions that a program needs, each after those that it needs itself. */
function reductionsOf(program: Program): Reduced[] {
  const seen = new Set<Node>();
  return nodesOf(program).flatMap((node) => {
    const reduction = reductionOf(node);
    if (reduction === undefined) return [];
    const nodes = nodesOf({ results: node.inputs, effects: [] }).filter(
      (needed) => !seen.has(needed) && reductionOf(needed) === undefined,
    );
    nodes.forEach((needed) => seen.add(needed));
    return [{ node, reduction, nodes }];
  });
}

/** Inputs that all replicas have in common: a variable is read where it lies, a rate is given once. */
class SharedInputs {
  readonly #variables = new Map<tf.Variable, Node>();
  readonly #others: Node[] = [];

  constructor(
    private readonly places: Owners,
    private readonly commonArguments: ReadonlySet<number>,
  ) {}

  /** Undefined for what each replica has of its own. */
  of(node: Node, source: InputSource): Node | undefined {
    if (source.kind === 'capture') return undefined;
    if (source.kind === 'argument' && !this.commonArguments.has(source.index)) return undefined;
    if (source.kind !== 'variable') {
      const other = this.#others.find((known) => isSame(known.source, source));
      if (other === undefined) this.#others.push(node.copy([], { worker: 0 }));
      return other ?? this.#others.at(-1);
    }
    const { variable } = source;
    const worker = this.places.variables.get(variable) ?? 0;
    const known = this.#variables.get(variable) ?? node.copy([], { worker });
    this.#variables.set(variable, known);
    return known;
  }
}

function isSame(a: InputSource | undefined, b: InputSource): boolean {
  if (a?.kind === 'argument' && b.kind === 'argument') return a.index === b.index;
  if (a?.kind === 'learningRate' && b.kind === 'learningRate') {
    return a.optimizer === b.optimizer && a.factor === b.factor;
  }
  return a?.kind === b.kind;
}

function weighted(value: Value, { kind }: Reduction, share: number, worker: number): Value {
  if (kind === 'sum' || share === 1) return value;
  return on(worker, operation('Mul', [value, on(worker, float(share))], value.shape));
}

function sumOf(parts: readonly Value[], worker: number): Value {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const count = { N: { kind: 'int', value: parts.length } } as const;
  return on(worker, operation('AddN', parts, at(parts, 0).shape, count));
}

/**
 * What is computed once: each operation where the largest of its inputs lies, a constant where it is
 * needed.
 */
function once(
  program: Program,
  together: ReadonlyMap<Value, Value>,
  shared: SharedInputs,
  places: Owners,
): Program {
  const values = new Map(together);
  const constants = new Map<Value, Map<number, Value>>();
  const constantOn = (value: Value, worker: number): Value => {
    const copies = constants.get(value) ?? new Map<number, Value>();
    constants.set(value, copies);
    const copy = copies.get(worker) ?? value.node.copy([], { worker }).output;
    copies.set(worker, copy);
    return copy;
  };
  const placed = (value: Value, worker: number): Value =>
    constantValues(value) === undefined ? found(values, value) : constantOn(value, worker);
  const upTo = (value: Value): Value => values.get(value) ?? value;
  for (const node of nodesOf(program, upTo)) {
    const [value] = node.outputs;
    if (node.worker !== undefined || value === undefined || constantValues(value)) continue;
    const { source } = node;
    const known = source && shared.of(node, source);
    if (source?.kind === 'argument' && known === undefined) {
      throw new Error(
        `what the step returns, or makes of a variable, hangs on argument ${source.index}, of which ` +
          `each worker has its own part. Take it across them by meanOverReplicas or sumOverReplicas.`,
      );
    }
    const worker = workerOf(node, values);
    const inputs = node.inputs.map((input) => placed(input, worker));
    const copied = known ?? node.copy(inputs, { worker });
    node.outputs.forEach((output, i) => values.set(output, at(copied.outputs, i)));
  }
  return {
    results: program.results.map((value) => placed(value, 0)),
    effects: program.effects.map((effect): Effect => {
      const [variable] = effect.variables;
      const worker = (variable && places.variables.get(variable)) ?? 0;
      return { ...effect, worker, inputs: effect.inputs.map((value) => placed(value, worker)) };
    }),
  };
}

function workerOf(node: Node, values: ReadonlyMap<Value, Value>): number {
  const inputs = node.inputs.flatMap((value) => values.get(value) ?? []);
  const [largest] = inputs.sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape));
  return largest?.node.worker ?? 0;
}

function found(values: ReadonlyMap<Value, Value>, value: Value): Value {
  const copy = values.get(value);
  if (copy === undefined) throw new Error(`${value.node.op} comes after a node that reads it`);
  return copy;
}
