import { optimizerInternals, type tf } from '../../runtime';
import { emitNode } from '../capi/emit';
import { NativeGraph, type Output } from '../capi/graph';
import type { Pointer } from '../capi/library';
import type { SessionOptions } from '../capi/config';
import { Session, type Feed, type RunRequest } from '../capi/session';
import type { HostTensor } from '../capi/tensor';
import type { OperationTime } from '../capi/trace';
import { deviceInUse, nodeBackend } from '../backend';
import { at, DataType, gatherInPlace, inputNode, integer, nodesOf } from '../ir';
import type { Attributes, Capture, Effect, InputSource, Program, TypedArray, Value } from '../ir';
import { handOver, stampOf, type HeldData, type Holder, type Stamp } from './variableState';

/** A program as part of a session's graph. */
export interface LoadedProgram {
  readonly inputs: readonly { readonly source: InputSource; readonly output: Output }[];
  readonly results: readonly Output[];
  /** The results; where there are none something else, since a run that fetches nothing could not be seen to end. */
  readonly fetches: readonly Output[];
  readonly targets: readonly Pointer[];
  /** The variables it reads or changes. */
  readonly slots: readonly Slot[];
  readonly captures: readonly CaptureSlot[];
  readonly changed: readonly Slot[];
}

/** A resource variable of the graph, and the operations that set and read it from outside. */
interface Storage {
  /** The one of several workers that keeps it. */
  readonly worker: number | undefined;
  readonly handle: Output;
  readonly feed: Output;
  readonly assign: Pointer;
  readonly fetch: Output;
}

/** A variable's place in the graph. */
interface Slot extends Storage {
  readonly variable: tf.Variable;
  /** Which value the session holds. */
  stamp: Stamp | undefined;
  /** The record whose value a run of this session made last. */
  held: HeldData | undefined;
}

/** A captured tensor's place in the graph, on one worker. */
interface CaptureSlot extends Storage {
  readonly capture: Capture;
  /** The slot that it gets the value from, on another worker; without one it is fed. */
  readonly from: CaptureSlot | undefined;
  loaded: boolean;
}

/**
 * The graph and session of one compiled step: the programs of all its input shapes over one set
 * of variables.
 */
export class StepSession implements Holder {
  readonly #graph = new NativeGraph();
  readonly #session: Session;
  readonly #workers: readonly string[];
  readonly #slots = new Map<tf.Variable, Slot>();
  /** Of each captured tensor one slot for each worker that uses it. */
  readonly #captures = new Map<object, CaptureSlot[]>();
  /** The variables' values on workers as they were read after the last run. */
  #fetched: ReadonlyMap<Slot, HostTensor> = new Map();
  #programs = 0;
  #disposed = false;
  /** Whether a run on workers has failed: what they hold is half changed, or gone. */
  #failed = false;

  /** With workers, programs name them by their places. */
  constructor(options: Omit<SessionOptions, 'device'> = {}) {
    this.#workers = options.workers ?? [];
    this.#session = new Session(this.#graph, { ...options, device: deviceInUse() });
  }

  /** Adds a program to the graph. */
  load(program: Program): LoadedProgram {
    const prefix = `step${this.#programs++}`;
    const places = new Map<Value, Output>();
    const inputs: { source: InputSource; output: Output }[] = [];
    const slots = new Map<tf.Variable, Slot>();
    const captures = new Set<CaptureSlot>();
    const reads = new Map<tf.Variable, Pointer>();
    const handles = new Map<Value, Output>();
    for (const node of nodesOf(program)) {
      const name = `${prefix}/${node.op}`;
      const { source } = node;
      let operation: Pointer;
      if (source?.kind === 'variable') {
        const slot = this.#slot(source.variable, node.worker);
        slots.set(source.variable, slot);
        operation = this.#read(slot, node.output.dtype, `${prefix}/read`);
        reads.set(source.variable, operation);
      } else if (source?.kind === 'capture') {
        const slot = this.#captureSlot(source.capture, node.worker);
        captures.add(slot);
        handles.set(node.output, slot.handle);
        operation = this.#read(slot, node.output.dtype, `${prefix}/capture`);
      } else {
        const inPlace = node.op === gatherInPlace ? node.input(0) : undefined;
        operation = emitNode(this.#graph, node, name, (value) =>
          found(value === inPlace ? handles : places, value),
        );
        if (source !== undefined) inputs.push({ source, output: { oper: operation, index: 0 } });
      }
      node.outputs.forEach((value, index) => places.set(value, { oper: operation, index }));
    }
    const changed = new Set<Slot>();
    const last = new Map<tf.Variable, Pointer>();
    const targets = program.effects.map((effect) => {
      for (const variable of effect.variables) {
        const slot = this.#slot(variable, effect.worker);
        slots.set(variable, slot);
        changed.add(slot);
      }
      // The step sees the values from before the call: every read comes first. An effect on a
      // variable comes after the one before it.
      const after = [reads, last].flatMap((earlier) =>
        effect.variables.flatMap((variable) => earlier.get(variable) ?? []),
      );
      const target = this.#effect(effect, prefix, places, after);
      for (const variable of effect.variables) last.set(variable, target);
      return target;
    });
    const results = program.results.map((value) => {
      const place = found(places, value);
      // TensorFlow fetches nothing that it is fed.
      const isFed = inputs.some(({ output }) => output.oper === place.oper);
      return isFed ? first(this.#graph.add('Identity', `${prefix}/result`, [place], {})) : place;
    });
    return {
      inputs,
      results,
      fetches: results.length > 0 ? results : [this.#done(prefix)],
      targets,
      slots: [...slots.values()],
      captures: [...captures],
      changed: [...changed],
    };
  }

  /**
   * Runs a program on the given arguments and the variables' current values. All that the run needs
   * is taken before this returns, and the variables are its own from then on.
   */
  run(
    program: LoadedProgram,
    args: readonly HostTensor[],
    callNumber: number,
  ): Promise<HostTensor[]> {
    const run = this.#session.runAsync(this.#request(program, args, callNumber));
    this.#handOver(program);
    return run.then(
      (results) => results.slice(0, program.results.length),
      (error: unknown) => this.#fail(error),
    );
  }

  /** The same on the calling thread, as the first call. */
  runNow(program: LoadedProgram, args: readonly HostTensor[]): HostTensor[] {
    const results = this.#runHere(this.#request(program, args, 0));
    this.#handOver(program);
    return results.slice(0, program.results.length);
  }

  /** The same, for the times of its operations. */
  trace(program: LoadedProgram, args: readonly HostTensor[], callNumber: number): OperationTime[] {
    const times = this.#session.trace(this.#request(program, args, callNumber));
    this.#handOver(program);
    return times;
  }

  read(variable: tf.Variable): TypedArray {
    const slot = this.#slots.get(variable);
    if (slot === undefined || this.#disposed) {
      throw new Error(`variable ${variable.name} is not held by this step`);
    }
    return this.#fetch(slot).values;
  }

  /**
   * Hands every variable's value back to TensorFlow.js and frees graph and session. After a run on
   * workers that failed there is no value, and who asks for it is told so; the session is left, since
   * its end may wait for them for ever.
   */
  dispose(): void {
    if (this.#disposed) return;
    if (this.#failed) {
      this.#disposed = true;
      return;
    }
    try {
      for (const { held } of this.#slots.values()) held?.fetchForAll();
    } finally {
      this.#disposed = true;
      this.#session.dispose();
      this.#graph.dispose();
    }
  }

  #fetch(slot: Slot): HostTensor {
    const [value] = this.#workers.length > 0 ? this.#fetchAllOnce(slot) : this.#fetchEach([slot]);
    if (value === undefined) throw new Error(`variable ${slot.variable.name} could not be read`);
    return value;
  }

  #fetchEach(slots: readonly Slot[]): HostTensor[] {
    const fetches = slots.map(({ fetch }) => fetch);
    return this.#runHere({ feeds: [], fetches, targets: [] });
  }

  #runHere(request: RunRequest): HostTensor[] {
    try {
      return this.#session.run(request);
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    this.#failed = this.#workers.length > 0;
    throw error;
  }

  /** For each other fetch workers make another graph ready, which takes long: they are asked for all. */
  #fetchAllOnce(slot: Slot): (HostTensor | undefined)[] {
    if (!this.#fetched.has(slot)) {
      const held = [...this.#slots.values()].filter((one) => one.held !== undefined);
      const values = this.#fetchEach(held);
      this.#fetched = new Map(held.map((one, i) => [one, at(values, i)]));
    }
    return [this.#fetched.get(slot)];
  }

  #request(program: LoadedProgram, args: readonly HostTensor[], callNumber: number): RunRequest {
    this.#upload(program);
    for (const { variable, held } of program.changed) held?.fetchForOthers(variable);
    this.#fetched = new Map();
    const feeds = program.inputs.map(({ source, output }): Feed => ({
      output,
      value: inputValue(source, args, callNumber),
    }));
    return { feeds, fetches: program.fetches, targets: program.targets };
  }

  /** The variables that a run changes have their values here from its beginning on. */
  #handOver({ changed }: LoadedProgram): void {
    for (const slot of changed) {
      slot.held = handOver(slot.variable, this);
      slot.stamp = stampOf(slot.variable);
    }
  }

  /** Brings in what changed outside: eager assignments, other compiled steps, first use. */
  #upload({ slots, captures }: LoadedProgram): void {
    const backend = nodeBackend();
    const feeds: Feed[] = [];
    const targets: Pointer[] = [];
    const uploaded: (() => void)[] = [];
    for (const slot of slots) {
      const { variable } = slot;
      const stamp = stampOf(variable);
      if (slot.stamp?.dataId === stamp.dataId && slot.stamp.version === stamp.version) continue;
      slot.held?.fetchForOthers(variable);
      const { dtype, shape } = backend.tensorMap.get(variable.dataId);
      feeds.push({ output: slot.feed, value: { dtype, shape, values: variable.dataSync() } });
      targets.push(slot.assign);
      uploaded.push(() => (slot.stamp = stamp));
    }
    const fed = new Set<CaptureSlot>();
    for (const slot of captures) {
      if (slot.loaded) continue;
      targets.push(slot.assign);
      uploaded.push(() => (slot.loaded = true));
      let first = slot;
      while (first.from !== undefined) first = first.from;
      if (fed.has(first)) continue;
      fed.add(first);
      const { dtype, shape } = slot.capture;
      const values = slot.capture.read();
      feeds.push({ output: first.feed, value: { dtype, shape: [...shape], values } });
    }
    if (targets.length === 0) return;
    this.#runHere({ feeds, fetches: [], targets });
    // Not before it has succeeded: memory may have run out.
    for (const note of uploaded) note();
  }

  #slot(variable: tf.Variable, worker?: number): Slot {
    let slot = this.#slots.get(variable);
    if (slot === undefined) {
      const { dtype, shape } = nodeBackend().tensorMap.get(variable.dataId);
      slot = {
        variable,
        ...this.#storage(`variable${this.#slots.size}`, dtype, shape, worker),
        stamp: undefined,
        held: undefined,
      };
      this.#slots.set(variable, slot);
    }
    return slot;
  }

  /**
   * Workers get a captured tensor from each other, each from one that has it and each for two at
   * most: so it is fed once, and all have it after as many rounds as the logarithm of their number.
   */
  #captureSlot(capture: Capture, worker?: number): CaptureSlot {
    const slots = this.#captures.get(capture.dataId) ?? [];
    this.#captures.set(capture.dataId, slots);
    const known = slots.find((slot) => slot.worker === worker);
    if (known !== undefined) return known;
    const name = `capture${[...this.#captures.keys()].indexOf(capture.dataId)}`;
    const from = slots[(slots.length - 1) >> 1];
    const storage = this.#storage(name, capture.dtype, capture.shape, worker, from);
    const slot: CaptureSlot = { capture, from, ...storage, loaded: false };
    slots.push(slot);
    return slot;
  }

  /** @param from has its value, where it is not fed */
  #storage(
    name: string,
    dtype: number,
    shape: readonly number[],
    worker?: number,
    from?: Storage,
  ): Storage {
    const { op, attributes } = inputNode(undefined, dtype, shape);
    const named: Attributes = { ...attributes, shared_name: { kind: 'string', value: name } };
    const on = { worker };
    const handle = first(this.#graph.add('VarHandleOp', name, [], named, on));
    const feed = first(
      from === undefined
        ? this.#graph.add(op, `${name}/value`, [], attributes, on)
        : this.#read(from, dtype, `${name}/value`, [from.assign]),
    );
    const assign = this.#graph.add('AssignVariableOp', `${name}/assign`, [handle, feed], {}, on);
    const fetch = first(this.#read({ handle, worker }, dtype, `${name}/fetch`));
    return { worker, handle, feed, assign, fetch };
  }

  #read(
    { handle, worker }: Pick<Storage, 'handle' | 'worker'>,
    dtype: number,
    name: string,
    after: readonly Pointer[] = [],
  ): Pointer {
    const attributes: Attributes = { dtype: { kind: 'type', value: dtype } };
    return this.#graph.add('ReadVariableOp', name, [handle], attributes, { after, worker });
  }

  #effect(
    effect: Effect,
    prefix: string,
    places: ReadonlyMap<Value, Output>,
    after: readonly Pointer[],
  ): Pointer {
    const slots = effect.variables.map((variable) => this.#slot(variable));
    const inputs = effect.inputs.map((value) => found(places, value));
    const name = `${prefix}/${effect.op}`;
    const handles = slots.map(({ handle }) => handle);
    return this.#graph.add(effect.op, name, [...handles, ...inputs], effect.attributes, {
      after,
      worker: slots[0]?.worker,
    });
  }

  #done(prefix: string): Output {
    const { op, attributes } = integer(1).node;
    return first(this.#graph.add(op, `${prefix}/done`, [], attributes));
  }
}

function first(operation: Pointer): Output {
  return { oper: operation, index: 0 };
}

function found(places: ReadonlyMap<Value, Output>, value: Value): Output {
  const place = places.get(value);
  if (place === undefined) throw new Error(`${value.node.op} comes after a node that reads it`);
  return place;
}

function inputValue(
  source: InputSource,
  args: readonly HostTensor[],
  callNumber: number,
): HostTensor {
  switch (source.kind) {
    case 'argument': {
      const value = args[source.index];
      if (value === undefined) throw new Error(`argument ${source.index} is missing`);
      return value;
    }
    case 'learningRate':
      return {
        dtype: DataType.float32,
        shape: [],
        values: Float32Array.of(source.factor * optimizerInternals(source.optimizer).learningRate),
      };
    case 'callNumber':
      return { dtype: DataType.int32, shape: [], values: Int32Array.of(callNumber) };
    default:
      throw new Error(`${source.kind} is kept in the session, not fed`);
  }
}
