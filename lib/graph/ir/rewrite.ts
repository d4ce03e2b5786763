import { at } from './build';
import { mapValues, nodesOf, type Node, type Program, type Value } from './program';

/**
 * The program with some values taken from elsewhere. Nodes that need none of these are those of the
 * given program, which stays as it is.
 */
export function replaceValues(program: Program, replacements: ReadonlyMap<Value, Value>): Program {
  if (replacements.size === 0) return program;
  const replaced = (value: Value): Value => {
    let last = value;
    for (let next = replacements.get(last); next !== undefined; next = replacements.get(last)) {
      last = next;
    }
    return last;
  };
  const copies = new Map<Value, Value>();
  const current = (value: Value): Value => {
    const last = replaced(value);
    return copies.get(last) ?? last;
  };
  for (const node of nodesOf(program, replaced)) {
    const copy = node.withInputs(node.inputs.map(current));
    copy.outputs.forEach((value, i) => copies.set(at(node.outputs, i), value));
  }
  return mapValues(program, current);
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
