import type { tf } from '../../runtime';
import type { Attributes } from './attributes';
import type { TypedArray } from './tensor';

/** What a `Placeholder` node stands for: filled in at each call, or kept in the session. */
export type InputSource =
  /** The nth tensor among the call's arguments. */
  | { readonly kind: 'argument'; readonly index: number }
  /** The value a variable has when the call begins. */
  | { readonly kind: 'variable'; readonly variable: tf.Variable }
  /** A large tensor from outside the step, copied into the session once. */
  | { readonly kind: 'capture'; readonly capture: Capture }
  /** factor × the optimizer's learning rate at the time of the call. */
  | { readonly kind: 'learningRate'; readonly optimizer: tf.Optimizer; readonly factor: 1 | -1 }
  /** The number of the call, int32: what makes random numbers differ from call to call. */
  | { readonly kind: 'callNumber' };

/** A tensor that the step uses without having made or received it. */
export interface Capture {
  readonly dataId: object;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** Reads the value; called once for each session. */
  read(): TypedArray;
}

/** The operation whose first input is a captured tensor's place in the session, not its value. */
export const gatherInPlace = 'ResourceGather';

/** One result of one node. */
export class Value {
  constructor(
    readonly node: Node,
    readonly index: number,
    readonly dtype: number,
    readonly shape: readonly number[],
  ) {}
}

/** One operation of TensorFlow, by name. It never changes: passes make others. */
export class Node {
  readonly outputs: readonly Value[];

  constructor(
    readonly op: string,
    readonly inputs: readonly Value[],
    readonly attributes: Attributes,
    outputs: readonly { readonly dtype: number; readonly shape: readonly number[] }[],
    readonly source?: InputSource,
    /** Which of several workers computes it, or keeps it; without it there is one. */
    readonly worker?: number,
  ) {
    this.outputs = outputs.map(({ dtype, shape }, i) => new Value(this, i, dtype, shape));
  }

  /** The first result. */
  get output(): Value {
    const value = this.outputs[0];
    if (value === undefined) throw new Error(`operation ${this.op} has no result`);
    return value;
  }

  /** The same operation of other inputs; this one if they are the same. */
  withInputs(inputs: readonly Value[]): Node {
    const same = inputs.every((value, i) => value === this.inputs[i]);
    return same ? this : this.copy(inputs);
  }

  /** The same operation once more, of these inputs and on that worker. */
  copy(
    inputs: readonly Value[],
    { source = this.source, worker = this.worker }: Partial<Pick<Node, 'source' | 'worker'>> = {},
  ): Node {
    return new Node(this.op, inputs, this.attributes, this.outputs, source, worker);
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw new Error(`operation ${this.op} has no input ${index}`);
    return value;
  }
}

/** A change of variables at the end of a call: an assignment, or an optimizer's fused update. */
export interface Effect {
  /** AssignVariableOp, or another operation that takes variables first and then values. */
  readonly op: string;
  readonly variables: readonly tf.Variable[];
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** Which of several workers keeps the variables; without it there is one. */
  readonly worker?: number;
}

/** A recorded step: values in, values out, and what it does to variables. */
export interface Program {
  readonly results: readonly Value[];
  readonly effects: readonly Effect[];
}

/** The program with something else in place of each result, and of what its effects take. */
export function mapValues(program: Program, map: (value: Value) => Value): Program {
  return {
    results: program.results.map(map),
    effects: program.effects.map((effect) => ({ ...effect, inputs: effect.inputs.map(map) })),
  };
}

/**
 * Every node that the program needs, each after its inputs.
 *
 * @param current what stands in a value's place
 */
export function nodesOf(
  program: Program,
  current: (value: Value) => Value = (value) => value,
): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  const visit = (value: Value): void => {
    const { node } = current(value);
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  for (const root of [...program.results, ...program.effects.flatMap(({ inputs }) => inputs)]) {
    visit(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++];
      if (input === undefined) {
        order.push(top.node);
        stack.pop();
      } else visit(input);
    }
  }
  return order;
}
