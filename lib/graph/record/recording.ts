import { engine, tf, type Engine, type NodeBackend, type TensorData } from '../../runtime';
import { nodeBackend } from '../backend';
import type { Effect, Node, Program, TypedArray, Value } from '../ir';
import { watchOptimizers } from './optimizers';
import { useUpDraws, watchRandom, withDraws, type Draw } from './random';
import { Recorder } from './recorder';
import { watchReplicas } from './replicas';
import { refusal, UnsupportedStepError } from './refusal';
import {
  inputsOf,
  rebuild,
  resultsOf,
  typeOf,
  type ArgumentTree,
  type TensorTree,
} from './structure';

/** A step as the user writes it. */
export type Step<Args extends readonly ArgumentTree[], Result extends TensorTree> = (
  ...args: Args
) => Result;

/** What one recording of a step found. */
export interface Recording {
  readonly program: Program;
  /** The tree that the step returned; its tensors are gone, its structure counts. */
  readonly result: TensorTree;
  readonly nodes: readonly Node[];
  readonly draws: readonly Draw[];
  readonly origins: ReadonlyMap<Node, Error>;
  /** One entry a call of an optimizer. */
  readonly optimizers: readonly tf.Optimizer[];
  /** Whether the step made variables, which it will not do the next time. */
  readonly madeVariables: boolean;
}

/** A variable that the step made, with the value it begins with. */
interface CreatedVariable {
  readonly variable: tf.Variable;
  readonly initial: Value;
}

/**
 * Runs the step once without computing anything and notes what it asks the backend for. Variables
 * keep their values; JavaScript's own state (a counter of the step's) does change.
 *
 * @param round 0 or 1: which of two recordings. What differs between the two comes from
 *   JavaScript (a learning rate, a random number) and would be frozen in a graph.
 * @param earlier the recording that this one is compared with
 * @param isReplica whether it notes what goes across replicas
 * @param initialize gives variables that the step makes (an optimizer's slots) their values; the
 *   program computes these, in order
 * @throws UnsupportedStepError when the step cannot be a graph
 */
export function record(
  step: Step<ArgumentTree[], TensorTree>,
  args: readonly ArgumentTree[],
  round: 0 | 1,
  earlier: Recording | undefined,
  isReplica: boolean,
  initialize: (variables: readonly tf.Variable[], initialValues: Program) => void,
): Recording {
  const made: CreatedVariable[] = [];
  const draws: Draw[] = [];
  const { stackTraceLimit } = Error;
  // Refusals name the step's line, which lies below a good many of TensorFlow.js's own.
  Error.stackTraceLimit = 100;
  try {
    return recordStep(step, args, round, earlier, isReplica, made, draws);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    // Also after a refusal: optimizers hold on to what they made.
    if (made.length > 0) {
      useUpDraws(draws);
      const results = made.map(({ initial }) => initial);
      initialize(
        made.map(({ variable }) => variable),
        withDraws({ results, effects: [] }, draws),
      );
    }
  }
}

function recordStep(
  step: Step<ArgumentTree[], TensorTree>,
  args: readonly ArgumentTree[],
  round: 0 | 1,
  earlier: Recording | undefined,
  isReplica: boolean,
  made: CreatedVariable[],
  draws: Draw[],
): Recording {
  const backend = nodeBackend();
  const core = engine();
  const recorder = new Recorder(backend);
  const restoreRandom = watchRandom(recorder, core, round, draws, earlier?.draws);
  const optimizers = watchOptimizers(
    recorder,
    round === 0 ? 0.0123456789 : 0.0234567891,
    earlier?.optimizers ?? [],
  );
  const restoreLayers = watchLayers(recorder);
  const restoreReplicas = isReplica ? watchReplicas(recorder) : undefined;
  const restoreBackend = divert(backend, recorder);
  try {
    return inScope(() => {
      const swapped = swapVariables(core, recorder);
      const restoreVariables = watchVariables(core, recorder, made);
      try {
        const inputs = inputsOf(args).map((input, index) => {
          const { dtype, shape } = typeOf(input);
          recorder.requireSupported(dtype, `argument ${index} of the step`);
          return recorder.addInput({ kind: 'argument', index }, dtype, shape);
        });
        const standing = inputs.values();
        const stood = rebuild(args, (leaf) =>
          leaf instanceof tf.Variable ? leaf : (standing.next().value as tf.Tensor),
        ) as TensorTree[];
        const result = step(...stood);
        if (result instanceof Promise) {
          result.catch(() => undefined);
          throw new TypeError('The step is asynchronous; a compiled step must return its tensors.');
        }
        if (recorder.refused !== undefined) throw recorder.refused;
        const returned = resultsOf(result);
        const results = returned.map((tensor, index) => {
          const value = recorder.valueOf(tensor);
          recorder.requireSupported(value.dtype, `result ${index} of the step`);
          return value;
        });
        // Those that the step keeps outlive the scope, and nobody else knows of them.
        for (const tensor of new Set(returned)) {
          if (!(tensor instanceof tf.Variable) && recorder.made(tensor)) tensor.dispose();
        }
        return {
          program: { results, effects: swapped.assignments(made) },
          result,
          nodes: recorder.nodes,
          draws,
          origins: recorder.origins,
          optimizers: optimizers.used,
          madeVariables: made.length > 0,
        };
      } catch (error) {
        // The step may have caught the refusal and thrown something less telling.
        throw recorder.refused ?? error;
      } finally {
        restoreVariables();
        swapped.restore();
      }
    });
  } finally {
    restoreBackend();
    restoreReplicas?.();
    restoreLayers();
    optimizers.restore();
    restoreRandom();
    recorder.dispose();
  }
}

/** Runs `body` and disposes of every tensor it makes and does not keep. */
function inScope<T>(body: () => T): T {
  let result: { value: T } | undefined;
  tf.tidy(() => {
    result = { value: body() };
  });
  if (result === undefined) throw new Error('tf.tidy did not run its function');
  return result.value;
}

/**
 * Refuses layers that keep a state of their own between the calls (`stateful: true`), before they
 * replace it by tensors of the recording.
 */
function watchLayers(recorder: Recorder): () => void {
  const base = tf.layers.Layer.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its owner
  const { apply } = base;
  base.apply = function (this: tf.layers.Layer, ...args: Parameters<typeof apply>) {
    if (this.stateful) {
      recorder.refuse(
        `${this.name} keeps its state outside of variables (stateful: true), where a graph does not ` +
          `find it. Make it with stateful: false, and hand the state over as its initial state.`,
      );
    }
    return apply.apply(this, args);
  };
  return () => {
    base.apply = apply;
  };
}

/** Sends the backend's calls to the recorder. */
function divert(backend: NodeBackend, recorder: Recorder): () => void {
  const { binding } = backend;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its owner
  const { createOutputTensor, getInputTensorIds, readSync } = backend;
  const standing: object[] = [];
  backend.createOutputTensor = (metadata) => {
    const tensor = createOutputTensor.call(backend, metadata);
    standing.push(tensor.dataId);
    return tensor;
  };
  backend.binding = recorder.binding;
  backend.getInputTensorIds = (tensors) => {
    for (const tensor of tensors) recorder.noteUse(tensor);
    return getInputTensorIds.call(backend, tensors);
  };
  backend.read = (dataId): Promise<TypedArray> => {
    try {
      return Promise.resolve(readSync.call(backend, dataId));
    } catch (error) {
      // The call fails with this refusal. A rejection beside it, which the step may have dropped,
      // would end the process.
      if (error instanceof UnsupportedStepError) return new Promise<TypedArray>(() => undefined);
      throw error;
    }
  };
  // GatherV2 compares every index with the bounds before TensorFlow does the same.
  const gather = tf.getKernel('GatherV2', tf.getBackend());
  const { kernelFunc } = gather;
  gather.kernelFunc = (params) => {
    recorder.checking = true;
    try {
      return kernelFunc(params);
    } finally {
      recorder.checking = false;
    }
  };
  return () => {
    gather.kernelFunc = kernelFunc;
    backend.binding = binding;
    for (const dataId of standing.filter((id) => backend.tensorMap.has(id))) {
      backend.tensorMap.set(dataId, withoutData(backend.tensorMap.get(dataId)));
    }
    Reflect.deleteProperty(backend, 'createOutputTensor');
    Reflect.deleteProperty(backend, 'getInputTensorIds');
    Reflect.deleteProperty(backend, 'read');
  };
}

/** The record of a tensor that has outlived the recording, which says so to whoever wants its data. */
function withoutData(data: TensorData): TensorData {
  return {
    ...data,
    get values(): never {
      throw refusal(
        'a tensor that was made while a compiled step was recorded has no data. Return it from the ' +
          'step, and use what the call resolves to.',
      );
    },
  };
}

/** Gives every variable a tensor that stands for its value at the beginning of a call. */
function swapVariables(core: Engine, recorder: Recorder) {
  const entries = Object.values(core.registeredVariables).map((variable) => {
    const kept = tf.keep(variable.clone());
    const value = recorder.inputValue(
      { kind: 'variable', variable },
      nodeBackend().tensorMap.get(variable.dataId).dtype,
      variable.shape,
    );
    const stand = recorder.tensorOf(value);
    variable.assign(stand);
    stand.dispose();
    return { variable, kept, value };
  });
  return {
    /** What the step changed. */
    assignments(created: readonly CreatedVariable[]): Effect[] {
      const before = [
        ...entries.map(({ variable, value }) => ({ variable, value })),
        ...created.map(({ variable, initial }) => ({ variable, value: initial })),
      ];
      return before.flatMap(({ variable, value }) => {
        if (variable.isDisposed) return [];
        const after = recorder.valueOf(variable);
        if (after === value) return [];
        return [{ op: 'AssignVariableOp', variables: [variable], inputs: [after], attributes: {} }];
      });
    },
    restore(): void {
      for (const { variable, kept } of entries) {
        if (!variable.isDisposed) variable.assign(kept);
        kept.dispose();
      }
    },
  };
}

/** Notes the variables that the step makes: an optimizer's slots at its first use. */
function watchVariables(core: Engine, recorder: Recorder, made: CreatedVariable[]): () => void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its owner
  const { makeVariable } = core;
  core.makeVariable = (...parameters) => {
    const variable = makeVariable.call(core, ...parameters);
    made.push({ variable, initial: recorder.valueOf(variable) });
    return variable;
  };
  return () => {
    Reflect.deleteProperty(core, 'makeVariable');
  };
}
