import { nodesOf, type Node, type Program, type Value } from './program';

/**
 * The program with some values taken from elsewhere. Nodes are shared with the given program and
 * rewired in place; the given program must not be used any more.
 */
export function replaceValues(program: Program, replacements: ReadonlyMap<Value, Value>): Program {
  if (replacements.size === 0) return program;
  const current = (value: Value): Value => {
    let last = value;
    for (let next = replacements.get(last); next !== undefined; next = replacements.get(last)) {
      last = next;
    }
    return last;
  };
  const done = new Set<Node>();
  const rewired: Program = {
    results: program.results.map(current),
    effects: program.effects.map((effect) => ({ ...effect, inputs: effect.inputs.map(current) })),
  };
  const rewire = (node: Node): void => {
    const stack = [node];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (done.has(next)) continue;
      done.add(next);
      next.inputs = next.inputs.map(current);
      stack.push(...next.inputs.map((value) => value.node));
    }
  };
  for (const value of rewired.results) rewire(value.node);
  for (const effect of rewired.effects)
    effect.inputs.forEach((value) => {
      rewire(value.node);
    });
  return rewired;
}

/** Who reads a value. */
export interface Use {
  readonly node: Node;
  readonly input: number;
}

/** For each value of the program, the nodes that read it; `external` counts results and effects. */
export class Uses {
  readonly nodes: Node[];
  readonly #uses = new Map<Value, Use[]>();
  readonly #external = new Set<Value>();

  constructor(program: Program) {
    this.nodes = nodesOf(program);
    for (const node of this.nodes) {
      node.inputs.forEach((value, input) => {
        const uses = this.#uses.get(value);
        if (uses === undefined) this.#uses.set(value, [{ node, input }]);
        else uses.push({ node, input });
      });
    }
    for (const value of program.results) this.#external.add(value);
    for (const { inputs } of program.effects) inputs.forEach((value) => this.#external.add(value));
  }

  of(value: Value): readonly Use[] {
    return this.#uses.get(value) ?? [];
  }

  /** Whether the value is read once only, by a node. */
  isSingle(value: Value): boolean {
    return this.of(value).length === 1 && !this.#external.has(value);
  }

  isExternal(value: Value): boolean {
    return this.#external.has(value);
  }
}
