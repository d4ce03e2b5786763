import { tf } from '../runtime';
import { dtypeName, nodeBackend } from './backend';
import type { HostTensor } from './capi/tensor';
import type { Program } from './ir';
import { optimize } from './passes';
import {
  countIteration,
  leaves,
  merge,
  rebuild,
  record,
  signatureOf,
  UnsupportedStepError,
  type Step,
  type TensorTree,
} from './record';
import { StepSession, type LoadedProgram } from './state';

export interface CompileOptions {
  /**
   * What convolutions compute in. 'bfloat16' keeps weights, what is added up, and matrix products
   * of fully connected layers in float32. Default 'float32'.
   */
  readonly precision?: 'float32' | 'bfloat16';
  /**
   * What to do with a step that cannot be a graph: throw ('error', the default), or warn once and
   * run it op by op ('eager').
   */
  readonly onUnsupported?: 'error' | 'eager';
  /**
   * Where the random numbers of the step begin, an integer: the same seed gives the same numbers at
   * the nth call. Steps compiled with one seed draw alike. Default 0.
   */
  readonly seed?: number;
}

/** Whether `compile` works on the device in use: graphs need TensorFlow's C library. */
export function canCompile(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** A step that runs as one TensorFlow graph. */
export interface CompiledStep<Args extends readonly TensorTree[], Result extends TensorTree> {
  /**
   * Runs the step; resolves to what the step returns, with fresh tensors that the caller owns.
   * Calls run one after another in the order they were made.
   *
   * @throws UnsupportedStepError when the step cannot be recorded faithfully
   * @throws TypeError when arguments or results are something else than tensors, or the step is
   *   asynchronous
   * @throws TensorFlowError when TensorFlow fails: out of memory, an index out of range
   * @throws Error when the step, or a variable of it, was disposed; and what the step itself throws
   */
  (...args: Args): Promise<Result>;
  /** Frees the graph, the session and its variables. The tf.Variables keep their values. */
  dispose(): void;
}

/**
 * Makes one TensorFlow graph of a step: a training step with `optimizer.minimize`, a forward pass,
 * or any other function of tensors.
 *
 * The first call with new shapes or types of the arguments records what the step asks TensorFlow.js
 * for, without computing it; every call then runs the graph on a thread of its own. Variables live
 * in the graph between calls and show their current values everywhere else.
 *
 * @param step takes tensors (or arrays and objects of them) and returns the same, synchronously
 */
export function compile<Args extends readonly TensorTree[], Result extends TensorTree>(
  step: Step<Args, Result>,
  options: CompileOptions = {},
): CompiledStep<Args, Result> {
  const compiled = new Compiled(step as unknown as Step<TensorTree[], TensorTree>, options);
  return Object.assign((...args: Args) => compiled.call(args) as Promise<Result>, {
    dispose: () => {
      compiled.dispose();
    },
  });
}

/** What is known for one combination of argument shapes and types. */
interface Variant {
  readonly program: LoadedProgram;
  readonly result: TensorTree;
  readonly optimizers: readonly tf.Optimizer[];
}

/** Compiled steps share variables, so that no two run at a time. */
let lastCall: Promise<unknown> = Promise.resolve();

class Compiled {
  readonly #variants = new Map<string, Variant>();
  #session: StepSession | undefined;
  #calls = 0;
  #eager = false;
  #disposed = false;

  constructor(
    private readonly step: Step<TensorTree[], TensorTree>,
    private readonly options: CompileOptions,
  ) {}

  call(args: readonly TensorTree[]): Promise<TensorTree> {
    if (this.#disposed) return Promise.reject(new Error('this compiled step has been disposed'));
    let values: HostTensor[];
    let kept: TensorTree[];
    try {
      const tensors = leaves(args, 'The arguments');
      values = tensors.map(hostTensor);
      // The caller may dispose its tensors as soon as this returns.
      const copies = tensors.map((tensor) => tf.keep(tensor.clone()));
      kept = rebuild(args, copies.values()) as TensorTree[];
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const run = lastCall.then(() => this.#run(kept, values));
    const done = run.finally(() => {
      tf.dispose(leaves(kept, 'The arguments'));
    });
    lastCall = done.catch(() => undefined);
    return done;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#variants.clear();
    this.#session?.dispose();
  }

  async #run(args: readonly TensorTree[], values: readonly HostTensor[]): Promise<TensorTree> {
    if (this.#disposed) throw new Error('this compiled step has been disposed');
    if (this.#eager) return this.#runEagerly(args);
    const signature = signatureOf(args);
    let variant: Variant;
    try {
      variant = this.#variants.get(signature) ?? this.#compile(signature, args, values);
    } catch (error) {
      if (!(error instanceof UnsupportedStepError) || this.options.onUnsupported !== 'eager') {
        throw error;
      }
      console.warn(`The step runs op by op: ${error.message}`);
      this.#eager = true;
      return this.#runEagerly(args);
    }
    const results = await this.#session?.run(variant.program, values, this.#calls++);
    variant.optimizers.forEach(countIteration);
    return rebuild(variant.result, (results ?? []).map(newTensor).values());
  }

  /** As the graph does it: what is returned is the caller's own, also where it came from outside. */
  #runEagerly(args: readonly TensorTree[]): TensorTree {
    return tf.tidy(() => {
      const result = this.step(...args);
      const own = leaves(result, 'The results').map((tensor) => tensor.clone());
      return rebuild(result, own.values()) as tf.TensorContainer;
    }) as TensorTree;
  }

  #compile(signature: string, args: readonly TensorTree[], values: readonly HostTensor[]): Variant {
    const once = (round: 0 | 1, known: readonly tf.Optimizer[]) =>
      record(this.step, args, round, known, (variables, initialValues) => {
        initialize(variables, initialValues, values);
      });
    let first = once(0, []);
    if (first.madeVariables) first = once(0, []);
    const second = once(1, first.optimizers);
    if (first.madeVariables || second.madeVariables) {
      throw new UnsupportedStepError(
        'the step makes new variables at each call. Make them once, outside the step.',
      );
    }
    const program = optimize(merge(first, second, this.options.seed ?? 0), {
      precision: this.options.precision ?? 'float32',
      device: nodeBackend().isUsingGpuDevice ? 'gpu' : 'cpu',
    });
    this.#session ??= new StepSession();
    const variant: Variant = {
      program: this.#session.load(program),
      result: second.result,
      optimizers: second.optimizers,
    };
    this.#variants.set(signature, variant);
    return variant;
  }
}

/** Computes the values that new variables begin with. */
function initialize(
  variables: readonly tf.Variable[],
  initialValues: Program,
  args: readonly HostTensor[],
): void {
  const session = new StepSession();
  try {
    const values = session.runNow(session.load(initialValues), args);
    variables.forEach((variable, i) => {
      const value = values[i];
      if (value === undefined || variable.isDisposed) return;
      const tensor = newTensor(value);
      variable.assign(tensor);
      tensor.dispose();
    });
  } finally {
    session.dispose();
  }
}

function hostTensor(tensor: tf.Tensor): HostTensor {
  const data = nodeBackend().tensorMap.get(tensor.dataId);
  // TensorFlow.js keeps the caller's own array, which may hold the next batch when the call runs.
  const values = data.values === null ? tensor.dataSync() : tensor.dataSync().slice();
  return { dtype: data.dtype, shape: tensor.shape, values };
}

function newTensor({ dtype, shape, values }: HostTensor): tf.Tensor {
  return tf.tensor(values, shape, dtypeName(dtype));
}
