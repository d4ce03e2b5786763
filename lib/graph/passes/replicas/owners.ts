import type { tf } from '../../../runtime';
import {
  at,
  elementSize,
  reductionOf,
  sizeOf,
  type Node,
  type Program,
  type Value,
} from '../../ir';

/** Which worker keeps what. */
export interface Owners {
  /** Those that the step changes. */
  readonly variables: ReadonlyMap<tf.Variable, number>;
  /** Where the parts of a reduction come together, by its number. */
  readonly reductions: ReadonlyMap<number, number>;
}

/** Variables that are updated together, and the gradients that they are updated by. */
interface Group {
  readonly variables: Set<tf.Variable>;
  readonly reductions: Map<number, Value>;
}

/**
 * Spreads what a step changes over the workers, so that each sends and receives as many bytes: the
 * largest gradient first, each to the worker that has the fewest bytes so far. A variable lies where
 * its gradient comes together, and beside the moments that an optimizer keeps of it.
 */
export function owners(program: Program, workers: number): Owners {
  const variables = new Map<tf.Variable, number>();
  const reductions = new Map<number, number>();
  const load = new Array<number>(workers).fill(0);
  const bySize = groupsOf(program)
    .map((group) => ({ ...group, bytes: bytesOf(group) }))
    .sort((a, b) => b.bytes - a.bytes);
  for (const group of bySize) {
    const worker = load.indexOf(Math.min(...load));
    load[worker] = at(load, worker) + group.bytes;
    for (const variable of group.variables) variables.set(variable, worker);
    for (const number of group.reductions.keys()) reductions.set(number, worker);
  }
  return { variables, reductions };
}

function groupsOf(program: Program): Group[] {
  const ofVariable = new Map<tf.Variable, Group>();
  const ofReduction = new Map<number, Group>();
  const join = (a: Group, b: Group): Group => {
    if (a === b) return a;
    for (const variable of b.variables) {
      a.variables.add(variable);
      ofVariable.set(variable, a);
    }
    for (const [number, value] of b.reductions) {
      a.reductions.set(number, value);
      ofReduction.set(number, a);
    }
    return a;
  };
  for (const { variables, inputs } of program.effects) {
    let group: Group = { variables: new Set(variables), reductions: new Map() };
    const gradient = nearestReduction(inputs, at(variables, 0).shape);
    if (gradient !== undefined) group.reductions.set(gradient.number, gradient.value);
    for (const variable of variables) group = join(ofVariable.get(variable) ?? group, group);
    for (const number of group.reductions.keys()) {
      group = join(ofReduction.get(number) ?? group, group);
    }
    group.variables.forEach((variable) => ofVariable.set(variable, group));
    group.reductions.forEach((_, number) => ofReduction.set(number, group));
  }
  return [...new Set(ofVariable.values())];
}

/**
 * The reduction of the given shape that is the fewest operations before the values: a gradient is
 * nearer to its variable's update than to any other's, in which it may have a part (a norm).
 */
function nearestReduction(
  values: readonly Value[],
  shape: readonly number[],
): { number: number; value: Value } | undefined {
  const seen = new Set<Node>();
  for (let layer = values.map(({ node }) => node); layer.length > 0;) {
    const next: Node[] = [];
    for (const node of layer) {
      if (seen.has(node)) continue;
      seen.add(node);
      const reduction = reductionOf(node);
      if (reduction === undefined) next.push(...node.inputs.map((input) => input.node));
      else if (node.output.shape.join() === shape.join()) {
        return { number: reduction.number, value: node.output };
      }
    }
    layer = next;
  }
  return undefined;
}

function bytesOf({ reductions }: Group): number {
  return [...reductions.values()].reduce(
    (sum, { dtype, shape }) => sum + sizeOf(shape) * elementSize(dtype),
    0,
  );
}
