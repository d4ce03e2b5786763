import type { tf } from '../../runtime';
import {
  at,
  constantNode,
  DataType,
  nodesOf,
  replaceValues,
  type Program,
  type Value,
} from '../ir';
import { UnsupportedStepError } from '../record';
import { StepSession, stampOf, type Stamp } from '../state';

/** A program without variables. */
export interface FrozenProgram {
  readonly program: Program;
  /** The variables whose values are constants of it, and which values these are. */
  readonly values: ReadonlyMap<tf.Variable, Stamp>;
}

/**
 * Computes what follows from variables alone: their values, and what passes make of weights before
 * they are used. TensorFlow packs the weights of a convolution for the processor at each call, and
 * keeps them packed where they are constant.
 *
 * @throws UnsupportedStepError for a program that changes variables
 */
export function freeze(program: Program): FrozenProgram {
  if (program.effects.length > 0) {
    throw new UnsupportedStepError('a step that changes variables cannot be frozen');
  }
  const fixed = new Set<Value>();
  const read = new Set<Value>(program.results);
  const values = new Map<tf.Variable, Stamp>();
  for (const { source, op, inputs, outputs } of nodesOf(program)) {
    if (source?.kind === 'variable') values.set(source.variable, stampOf(source.variable));
    const isFixed =
      source === undefined
        ? op === 'Const' || (inputs.length > 0 && inputs.every((value) => fixed.has(value)))
        : source.kind === 'variable';
    // JavaScript has no array of bfloat16: TensorFlow itself folds the cast of a constant.
    if (isFixed && outputs.every(({ dtype }) => dtype !== DataType.bfloat16))
      outputs.forEach((value) => fixed.add(value));
    else inputs.forEach((value) => read.add(value));
  }
  const computed = [...read].filter((value) => fixed.has(value) && value.node.op !== 'Const');
  const session = new StepSession();
  try {
    const constants = session.runNow(session.load({ results: computed, effects: [] }), []);
    const replacements = computed.map((value, i): [Value, Value] => {
      const { dtype, shape, values: elements } = at(constants, i);
      return [value, constantNode(dtype, shape, elements).output];
    });
    return { program: replaceValues(program, new Map(replacements)), values };
  } finally {
    session.dispose();
  }
}

/** Whether one of the variables has got another value since; one that is gone has none. */
export function isStale(values: FrozenProgram['values']): boolean {
  return [...values].some(([variable, { dataId, version }]) => {
    if (variable.isDisposed) return false;
    const now = stampOf(variable);
    return now.dataId !== dataId || now.version !== version;
  });
}
