import { nodeBackendInUse, tf } from '../runtime';
import { print, type Program } from './ir';
import {
  commonIn,
  freeze,
  isStale,
  replicatedProgram,
  stepProgram,
  type FrozenProgram,
  type ProgramOptions,
  type StepPart,
  type StepProgram,
} from './program';
import {
  countIteration,
  inputsOf,
  rebuild,
  resultsOf,
  signatureOf,
  UnsupportedStepError,
  type ArgumentTree,
  type Step,
  type TensorTree,
} from './record';
import {
  hostTensor,
  newTensor,
  StepSession,
  type LoadedProgram,
  type OperationTime,
} from './state';

/**
 * How a step runs: as one TensorFlow graph, or op by op as TensorFlow.js does by itself. The
 * numbers are equal up to rounding; the graph is faster and leaves the event loop free.
 */
export type Execution = 'graph' | 'eager';

/** The fastest execution of the device in use: graphs are TensorFlow's, so WebGPU runs op by op. */
export function defaultExecution(): Execution {
  return canCompile() ? 'graph' : 'eager';
}

export interface CompileOptions extends ProgramOptions {
  /** Default 'graph'. The other options are those of a graph, and change nothing op by op. */
  readonly execution?: Execution;
  /**
   * Whether the variables' values are constants of the graph: for a trained network in use, whose
   * weights are then packed once and not at each call. The step must change no variable; after one
   * got another value, the next call makes the graph anew. Default false.
   */
  readonly freeze?: boolean;
}

/** Whether `compile` works on the device in use: graphs need TensorFlow's C library. */
export function canCompile(): boolean {
  return nodeBackendInUse() !== undefined;
}

/** A step that runs as one TensorFlow graph, or op by op. */
export interface CompiledStep<Args extends readonly ArgumentTree[], Result extends TensorTree> {
  /**
   * Runs the step; resolves to what the step returns, with fresh tensors that the caller owns.
   * Calls run one after another in the order they were made. A call takes its arguments, the
   * variables and the learning rate as they are when it is made, also if it has to wait.
   *
   * @throws UnsupportedStepError when the step cannot be recorded faithfully
   * @throws TypeError when arguments or results are something else than tensors, or the step is
   *   asynchronous
   * @throws TensorFlowError when TensorFlow fails: out of memory, on the CPU an index out of range;
   *   some of the variables that the step changes may have their new values then
   * @throws Error when the step, or a variable of it, was disposed; and what the step itself throws
   */
  (...args: Args): Promise<Result>;
  /**
   * The graph's program for arguments like these, as text: one operation a line, with what it takes
   * and the type and shape of what it gives. The step is recorded for it, and not run.
   *
   *     compile((x: tf.Tensor) => x.add(1).square()).program(tf.zeros([2, 3]))
   *
   *     %1 = argument 0 : float32[2,3]
   *     %2 = Add(%1, 1) : float32[2,3]
   *     %3 = Square(%2) : float32[2,3]
   *     return %3
   *
   * @throws UnsupportedStepError when the step cannot be recorded faithfully
   */
  program(...args: Args): string;
  /**
   * Runs the step once more, on the calling thread, and tells when each of its operations was
   * computed. Its results are thrown away; what it does to variables stays.
   *
   * @throws Error where the step runs op by op
   */
  trace(...args: Args): readonly OperationTime[];
  /** Frees the graph, the session and its variables. The tf.Variables keep their values. */
  dispose(): void;
}

/**
 * Makes one TensorFlow graph of a step: a training step with `optimizer.minimize`, a forward pass,
 * or any other function of tensors. Other values of JavaScript (a number, a flag, which optimizer a
 * name stands for) are read at the first call and stay what they were: pass what changes as a tensor
 * (`tf.scalar(x)`), keep it in a `tf.Variable`, or compile a step for each case.
 *
 * The first call with new shapes or types of the arguments records what the step asks TensorFlow.js
 * for, without computing it; every call then runs the graph on a thread of its own. Variables live
 * in the graph between calls and show their current values everywhere else. The step is recorded
 * anew where an optimizer has other settings or variables (`setWeights`), a variable was disposed or
 * became trainable or not (`layer.trainable`); the learning rate is read at each call.
 *
 * An argument that comes as an array of numbers (Float32Array, Int32Array) is a tensor of one
 * dimension in the graph; op by op the step gets the array itself.
 *
 * @param step takes tensors (or arrays and objects of them) and returns the same, synchronously
 */
export function compile<Args extends readonly ArgumentTree[], Result extends TensorTree>(
  step: Step<Args, Result>,
  options: CompileOptions = {},
): CompiledStep<Args, Result> {
  return compiledStep(step, options);
}

function compiledStep<Args extends readonly ArgumentTree[], Result extends TensorTree>(
  step: Step<Args, Result>,
  options: CompileOptions,
  distribution?: Distribution<Args>,
): CompiledStep<Args, Result> {
  const compiled = new Compiled(
    step as unknown as Step<ArgumentTree[], TensorTree>,
    options,
    distribution as Distribution<readonly ArgumentTree[]> | undefined,
  );
  return Object.assign((...args: Args) => compiled.call(args) as Promise<Result>, {
    program: (...args: Args) => print(compiled.program(args)),
    trace: (...args: Args) => compiled.trace(args),
    dispose: () => {
      compiled.dispose();
    },
  });
}

/** Who computes a step, and which part of it. */
export interface Distribution<Args extends readonly ArgumentTree[]> {
  /** `host:port` of each TensorFlow server; the first directs the others. */
  readonly workers: readonly string[];
  /**
   * The parts of a call, one for each worker in its place; a small batch may have fewer. What all
   * parts have in common must be the same object in each.
   */
  readonly split: (...args: Args) => readonly StepPart<Args>[];
}

/**
 * Makes one TensorFlow graph of a step, as {@link compile} does, which several machines compute: each
 * the step on its own rows of the batch, and all together what the step takes across them by
 * {@link meanOverReplicas} and {@link sumOverReplicas}, from which its results and its changes of
 * variables must follow. Up to rounding the numbers are those of the step on all rows, random ones
 * too; batch normalisation is over all rows.
 *
 * The variables lie spread over the workers. A worker that is lost ends the call with a
 * TensorFlowError, or never, if it only stopped answering.
 *
 * @param step takes tensors (or arrays and objects of them) and returns the same, synchronously
 */
export function compileReplicas<Args extends readonly ArgumentTree[], Result extends TensorTree>(
  step: Step<Args, Result>,
  distribution: Distribution<Args>,
  options: ProgramOptions = {},
): CompiledStep<Args, Result> {
  return compiledStep(step, options, distribution);
}

/** What is known for one combination of argument shapes and types. */
interface Variant extends Omit<StepProgram, 'program'> {
  readonly program: LoadedProgram;
}

interface PreparedCall {
  readonly variant: Variant;
  readonly values: readonly ReturnType<typeof hostTensor>[];
}

class Compiled {
  readonly #variants = new Map<string, Variant[]>();
  #session: StepSession | undefined;
  #frozen: FrozenProgram['values'][] = [];
  #calls = 0;
  #disposed = false;

  constructor(
    private readonly step: Step<ArgumentTree[], TensorTree>,
    private readonly options: CompileOptions,
    private readonly distribution: Distribution<readonly ArgumentTree[]> | undefined,
  ) {}

  /** Takes all that the call needs before it returns, so that nothing done afterwards reaches into it. */
  async call(args: readonly ArgumentTree[]): Promise<TensorTree> {
    if (this.#disposed) throw new Error('this compiled step has been disposed');
    if (this.options.execution === 'eager') return this.#runEagerly(args);
    const { variant, values } = this.#prepare(args);
    const run = this.#session?.run(variant.program, values, this.#calls++);
    variant.optimizers.forEach(countIteration);
    const results = ((await run) ?? []).map(newTensor).values();
    return rebuild(variant.result, () => results.next().value as tf.Tensor);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#forget();
  }

  /** As the graph does it: what is returned is the caller's own, also where it came from outside. */
  #runEagerly(args: readonly ArgumentTree[]): TensorTree {
    return tf.tidy(() => {
      const result = this.step(...args);
      // For what it throws where there is something else than tensors.
      resultsOf(result);
      return rebuild(result, (leaf) => leaf.clone()) as tf.TensorContainer;
    }) as TensorTree;
  }

  program(args: readonly ArgumentTree[]): Program {
    const { program } = this.#record(args, this.#split(args));
    return this.options.freeze ? freeze(program).program : program;
  }

  trace(args: readonly ArgumentTree[]): OperationTime[] {
    if (this.#disposed) throw new Error('this compiled step has been disposed');
    if (this.options.execution === 'eager') throw new Error('only a graph can be traced');
    const { variant, values } = this.#prepare(args);
    const times = this.#session?.trace(variant.program, values, this.#calls++) ?? [];
    variant.optimizers.forEach(countIteration);
    return times;
  }

  #prepare(args: readonly ArgumentTree[]): PreparedCall {
    const parts = this.#split(args);
    const values = parts.flatMap((part) => inputsOf(part.args).map(hostTensor));
    return { values, variant: this.#variant(args, parts) };
  }

  #split(args: readonly ArgumentTree[]): readonly StepPart[] {
    return this.distribution?.split(...args) ?? [{ args, rows: 0 }];
  }

  #record(args: readonly ArgumentTree[], parts: readonly StepPart[]): StepProgram {
    return this.distribution === undefined
      ? stepProgram(this.step, args, { ...this.options, frozen: this.options.freeze ?? false })
      : replicatedProgram(this.step, parts, this.distribution.workers.length, this.options);
  }

  #freeze(program: Program): Program {
    const frozen = freeze(program);
    // Not the program: TensorFlow has its constants now.
    this.#frozen.push(frozen.values);
    return frozen.program;
  }

  #forget(): void {
    this.#variants.clear();
    this.#frozen = [];
    const session = this.#session;
    this.#session = undefined;
    session?.dispose();
  }

  /** The recording that fits the arguments and what the step finds, made if there is none. */
  #variant(args: readonly ArgumentTree[], parts: readonly StepPart[]): Variant {
    if (this.#frozen.some(isStale)) this.#forget();
    const common = commonIn(parts.map((part) => inputsOf(part.args)));
    const signature = `${parts.map((part) => signatureOf(part.args)).join()} ${[...common].join()}`;
    const known = this.#variants.get(signature) ?? [];
    const fitting = known.find(({ assumptions }) => assumptions.hold());
    if (fitting !== undefined) return fitting;
    const gone = known.map(({ assumptions }) => assumptions.disposed()).find(Boolean);
    try {
      const recorded = this.#record(args, parts);
      // What was recorded with it never fits again.
      if (gone !== undefined) this.#forget();
      this.#session ??= new StepSession({
        workers: this.distribution?.workers,
        fuses: this.distribution === undefined || this.options.precision !== 'bfloat16',
      });
      const program = this.options.freeze ? this.#freeze(recorded.program) : recorded.program;
      const variant = { ...recorded, program: this.#session.load(program) };
      this.#variants.set(signature, [...(this.#variants.get(signature) ?? []), variant]);
      return variant;
    } catch (cause) {
      if (gone === undefined || cause instanceof UnsupportedStepError) throw cause;
      throw new Error(`variable ${gone.name}, which the compiled step uses, was disposed`, {
        cause,
      });
    }
  }
}
