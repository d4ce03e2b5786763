import { tf } from '../../runtime';
import { deviceInUse } from '../backend';
import { at, uniformValue, type Program } from '../ir';
import { optimize } from '../passes';
import {
  Assumptions,
  inputsOf,
  merge,
  record,
  UnsupportedStepError,
  type ArgumentTree,
  type Recording,
  type Step,
  type TensorTree,
} from '../record';
import { hostTensor, newTensor, StepSession } from '../state';

export interface ProgramOptions {
  /**
   * What convolutions compute in. 'bfloat16' keeps weights, what is added up, and matrix products
   * of fully connected layers in float32. Default 'float32'.
   */
  readonly precision?: 'float32' | 'bfloat16';
  /**
   * Where the random numbers of the step begin, an integer: the same seed gives the same numbers at
   * the nth call. Steps compiled with one seed draw alike. Default 0.
   */
  readonly seed?: number;
}

/** What one of several workers does of a call. */
export interface StepPart<Args extends readonly ArgumentTree[] = readonly ArgumentTree[]> {
  readonly args: Args;
  /** Rows of the batch among them. */
  readonly rows: number;
}

/** What a step is for arguments of certain shapes and types. */
export interface StepProgram {
  readonly program: Program;
  /** The tree that the step returned; its tensors are gone, its structure counts. */
  readonly result: TensorTree;
  /** One entry a call of an optimizer. */
  readonly optimizers: readonly tf.Optimizer[];
  /** Under which the program is the step's. */
  readonly assumptions: Assumptions;
}

/**
 * The program of a step, rewritten for the device in use.
 *
 * @param options `frozen`: whether all its variables will be constants
 * @throws UnsupportedStepError when the step cannot be recorded faithfully; what the step throws
 */
export function stepProgram(
  step: Step<ArgumentTree[], TensorTree>,
  args: readonly ArgumentTree[],
  { seed = 0, frozen = false, ...options }: ProgramOptions & { frozen?: boolean } = {},
): StepProgram {
  const recorded = recordedProgram(step, args, { seed });
  return { ...recorded, program: rewritten(recorded.program, options, frozen) };
}

/**
 * The program after every pass that suits the device in use.
 *
 * @param frozen whether all its variables will be constants
 */
export function rewritten(
  program: Program,
  { precision = 'float32' }: ProgramOptions,
  frozen = false,
): Program {
  return optimize(program, { precision, device: deviceInUse(), frozen });
}

/**
 * The program of a step as it was recorded. Variables that the step makes get their first values.
 *
 * @param isReplica whether it notes what goes across replicas
 */
export function recordedProgram(
  step: Step<ArgumentTree[], TensorTree>,
  args: readonly ArgumentTree[],
  { seed = 0, isReplica = false }: { seed?: number; isReplica?: boolean } = {},
): StepProgram {
  const once = (round: 0 | 1, earlier?: Recording) =>
    record(step, args, round, earlier, isReplica, (variables, initialValues) => {
      initialize(variables, initialValues, args);
    });
  let first = once(0);
  if (first.madeVariables) first = once(0);
  const second = once(1, first);
  if (first.madeVariables || second.madeVariables) {
    throw new UnsupportedStepError(
      'the step makes new variables at each call. Make them once, outside the step.',
    );
  }
  const { result, optimizers } = second;
  const assumptions = new Assumptions(second.program, optimizers);
  return { program: merge(first, second, seed), result, optimizers, assumptions };
}

/** Gives new variables the values that they begin with; what is not one number throughout is computed. */
function initialize(
  variables: readonly tf.Variable[],
  initialValues: Program,
  args: readonly ArgumentTree[],
): void {
  const results = initialValues.results.filter((value) => uniformValue(value) === undefined);
  const computed = valuesOf({ ...initialValues, results }, args);
  initialValues.results.forEach((result, i) => {
    const variable = at(variables, i);
    if (variable.isDisposed) return;
    const number = uniformValue(result);
    const tensor =
      number === undefined
        ? newTensor(at(computed, results.indexOf(result)))
        : tf.fill(variable.shape, number, variable.dtype);
    variable.assign(tensor);
    tensor.dispose();
  });
}

/** What the program gives, computed in a session of its own. */
function valuesOf(program: Program, args: readonly ArgumentTree[]) {
  if (program.results.length === 0) return [];
  const session = new StepSession();
  try {
    return session.runNow(session.load(program), inputsOf(args).map(hostTensor));
  } finally {
    session.dispose();
  }
}
