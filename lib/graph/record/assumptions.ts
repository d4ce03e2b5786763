import { optimizerSettings, type tf } from '../../runtime';
import { nodesOf, type Program } from '../ir';

/** What a recording takes for given, where a change of it can be seen at little cost. */
export class Assumptions {
  readonly #variables: readonly tf.Variable[];
  readonly #optimizers: readonly tf.Optimizer[];
  readonly #found: readonly unknown[];

  constructor(program: Program, optimizers: readonly tf.Optimizer[]) {
    this.#variables = [...variablesOf(program)];
    this.#optimizers = [...new Set(optimizers)];
    this.#found = this.#look();
  }

  /** Whether all is as it was: nothing was disposed, replaced, frozen or set to another number. */
  hold(): boolean {
    const now = this.#look();
    return (
      this.disposed() === undefined &&
      now.length === this.#found.length &&
      now.every((value, i) => Object.is(value, this.#found[i]))
    );
  }

  /** A variable of the step that is gone. */
  disposed(): tf.Variable | undefined {
    return this.#variables.find(({ isDisposed }) => isDisposed);
  }

  #look(): unknown[] {
    return [
      ...this.#variables.map(({ trainable }) => trainable),
      ...this.#optimizers.flatMap(optimizerSettings),
    ];
  }
}

function variablesOf(program: Program): Set<tf.Variable> {
  const variables = new Set(program.effects.flatMap((effect) => effect.variables));
  for (const { source } of nodesOf(program)) {
    if (source?.kind === 'variable') variables.add(source.variable);
  }
  return variables;
}
