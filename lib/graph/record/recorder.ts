import type { Binding, BindingAttribute, NodeBackend, TensorMetadata, tf } from '../../runtime';
import { NativeGraph, type Output } from '../capi/graph';
import type { Pointer } from '../capi/library';
import { emitNode } from '../capi/emit';
import { opDef } from '../capi/opDefs';
import { TensorFlowError } from '../capi/status';
import { tensorId } from '../backend';
import {
  constantNode,
  DataType,
  elementSize,
  inputNode,
  isSupported,
  isUniform,
  Node,
  operation,
  sizeOf,
} from '../ir';
import type { Attribute, Attributes, Capture, InputSource, TypedArray, Value } from '../ir';
import { refusal } from './refusal';

/** Of all recordings, so that a tensor that outlived one is not taken for another's. */
let nextId = -2;

/** Outside tensors of at most this many bytes become constants of the graph. */
const largestConstant = 4096;

/**
 * Stands in for the addon while a step is recorded: notes each operation instead of executing it
 * and answers with the type and shape that TensorFlow infers. The tensors that TensorFlow.js
 * handles meanwhile hold no data; their numbers are negative, which the backend never frees.
 */
export class Recorder {
  /** Every node in the order of its making. */
  readonly nodes: Node[] = [];
  /** For each constant, the stack when it was made. */
  readonly origins = new Map<Node, Error>();
  /** Put in place of the backend's binding. */
  readonly binding: Binding;
  /** The first reason found not to use this recording. */
  refused: Error | undefined;
  /** Lets the owner turn a constant into something that is given at each call. */
  substitute: (dtype: number, shape: readonly number[], values: TypedArray) => Value | undefined =
    () => undefined;

  /** Whether a kernel checks its inputs: it then reads no data and finds nothing wrong. */
  checking = false;

  readonly #real: Binding;
  readonly #graph = new NativeGraph();
  readonly #outputs = new Map<Value, Output>();
  readonly #values = new Map<number, Value>();
  readonly #captures = new Map<number, object>();
  readonly #made = new WeakSet();

  constructor(private readonly backend: NodeBackend) {
    this.#real = backend.binding;
    // The addon's functions are read-only properties, which Object.create can shadow.
    this.binding = Object.create(this.#real, {
      executeOp: { value: this.#executeOp.bind(this) },
      createTensor: { value: this.#createTensor.bind(this) },
      tensorDataSync: { value: this.#tensorDataSync.bind(this) },
    }) as Binding;
  }

  /** Notes that JavaScript made a tensor in this step. */
  noteMade(dataId: object): void {
    this.#made.add(dataId);
  }

  /** Notes that the step uses a tensor; one from outside is handed to the addon itself. */
  noteUse({ dataId }: tf.TensorInfo): void {
    // The backend's own numbers of 64 bits are no tensors, whatever their type says.
    if ((dataId as object | undefined) === undefined) {
      this.refuse('a number of 64 bits is used (the step of a summary). Leave it out of the step.');
    }
    if (this.#made.has(dataId)) return;
    const data = this.backend.tensorMap.get(dataId);
    if (data.values !== null) {
      data.id = this.#real.createTensor(data.shape, data.dtype, data.values);
      data.values = null;
    }
    if (data.id >= 0 && !this.#values.has(data.id)) this.#captures.set(data.id, dataId);
  }

  /** A new input of the step and the tensor that stands for it while recording. */
  addInput(source: InputSource, dtype: number, shape: readonly number[]): tf.Tensor {
    return this.tensorOf(this.inputValue(source, dtype, shape));
  }

  inputValue(source: InputSource, dtype: number, shape: readonly number[]): Value {
    return this.add(inputNode(source, dtype, shape));
  }

  /** Adds a node whose result types are known already. */
  add(node: Node): Value {
    const operation = emitNode(this.#graph, node, node.op, (value) => this.#place(value));
    node.outputs.forEach((value, index) => this.#outputs.set(value, { oper: operation, index }));
    this.nodes.push(node);
    return node.output;
  }

  /** A tensor of TensorFlow.js that stands for the value. */
  tensorOf(value: Value): tf.Tensor {
    return this.backend.createOutputTensor(this.#metadata(value));
  }

  /** The value that a tensor stands for: recorded, a constant, or taken in from outside. */
  valueOf(tensor: tf.TensorInfo): Value {
    return this.#valueOfId(tensorId(this.backend, tensor));
  }

  /** Whether the tensor was made here and has no data. */
  made(tensor: tf.TensorInfo): boolean {
    return tensorId(this.backend, tensor) < 0;
  }

  /** Refuses a tensor of a type that a graph here cannot hold. */
  requireSupported(dtype: number, what: string): void {
    if (isSupported(dtype)) return;
    this.refuse(
      `${what} holds neither real numbers nor booleans (TensorFlow's type ${dtype}). Leave it out ` +
        `of the step.`,
    );
  }

  refuse(message: string): never {
    const error = refusal(message);
    this.refused ??= error;
    throw error;
  }

  dispose(): void {
    this.#graph.dispose();
  }

  #executeOp(
    op: string,
    attributes: readonly BindingAttribute[],
    inputIds: readonly number[],
    outputCount: number,
  ): TensorMetadata[] {
    const { stateful, inferredAttributes } = opDef(this.#graph, op);
    if (stateful) {
      this.refuse(
        `${op} reads or changes something outside the step (a random state, a file), which a ` +
          `graph would not repeat as eager execution does. Leave it out of the compiled step.`,
      );
    }
    const inputs = inputIds.map((id) => this.#valueOfId(id));
    // TensorFlow.js may name another type than its inputs have; executed at once, TensorFlow goes by
    // the inputs.
    const converted = Object.fromEntries(
      attributes
        .filter(({ name }) => !inferredAttributes.has(name))
        .map((attribute) => [attribute.name, this.#attribute(op, attribute)]),
    );
    const node = this.#infer(op, inputs, converted, outputCount);
    this.nodes.push(node);
    return node.outputs.map((value) => this.#metadata(value));
  }

  #infer(op: string, inputs: Value[], attributes: Attributes, outputCount: number): Node {
    let operation: Pointer;
    try {
      operation = emitNode(this.#graph, { op, inputs, attributes }, op, (value) =>
        this.#place(value),
      );
    } catch (error) {
      if (error instanceof TensorFlowError) this.refuse(`${op}: ${error.message}`);
      throw error;
    }
    const outputs = Array.from({ length: outputCount }, (_, index) => {
      const { dtype, shape } = this.#graph.typeOf({ oper: operation, index });
      if (shape?.every((dimension) => dimension >= 0) !== true) {
        this.refuse(
          `the shape of the result of ${op} depends on the data, so that the step has no fixed ` +
            `graph. Take it out of the compiled step.`,
        );
      }
      return { dtype, shape };
    });
    const node = new Node(op, inputs, attributes, outputs);
    node.outputs.forEach((value, index) => this.#outputs.set(value, { oper: operation, index }));
    return node;
  }

  #createTensor(shape: readonly number[], dtype: number, values: unknown): number {
    if (Array.isArray(values)) {
      this.refuse('a tensor of strings is used; strings cannot be part of a compiled step.');
    }
    const data = values as TypedArray;
    // The addon gets the tensor too: it may outlive the recording.
    const id = this.#real.createTensor(shape, dtype, values);
    this.#values.set(id, this.substitute(dtype, shape, data) ?? this.#constant(dtype, shape, data));
    return id;
  }

  /** A large constant of equal elements is noted as one of them: copying it would take long. */
  #constant(dtype: number, shape: readonly number[], values: TypedArray): Value {
    const fills = values.byteLength > largestConstant && isUniform(values);
    const constant = fills
      ? constantNode(dtype, [], values.slice(0, 1))
      : constantNode(dtype, shape, values);
    this.origins.set(constant, new Error());
    const value = this.add(constant);
    if (!fills) return value;
    const dimensions = this.add(
      constantNode(DataType.int32, [shape.length], Int32Array.from(shape)),
    );
    return this.add(operation('Fill', [dimensions, value], shape, {}, dtype).node);
  }

  #tensorDataSync(id: number): TypedArray {
    const value = this.#values.get(id);
    if (id >= 0 && (value === undefined || value.node.op === 'Const')) {
      return this.#real.tensorDataSync(id);
    }
    if (this.checking) return new Int32Array();
    const made = value === undefined ? '' : ` (the result of ${describe(value)})`;
    return this.refuse(
      `the step reads the data of a tensor${made} back to JavaScript. Inside a compiled step ` +
        `tensors have no data yet: return the tensor and read it after the call.`,
    );
  }

  #valueOfId(id: number): Value {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const value = this.#capture(id);
    this.#values.set(id, value);
    return value;
  }

  /** Takes in a tensor from outside: a small one as a constant, a large one as an input. */
  #capture(id: number): Value {
    const dataId = this.#captures.get(id);
    const [identity] = this.#real.executeOp('Identity', [], [id], 1);
    if (dataId === undefined || identity === undefined) {
      throw new Error('a tensor is used that the backend does not know');
    }
    this.#real.deleteTensor(identity.id);
    const { dtype, shape } = identity;
    this.requireSupported(dtype, 'a tensor from outside the step');
    const capture: Capture = {
      dataId,
      dtype,
      shape,
      read: () => readTensor(this.#real, id, dtype, shape),
    };
    if (sizeOf(shape) * elementSize(dtype) > largestConstant) {
      return this.inputValue({ kind: 'capture', capture }, dtype, shape);
    }
    return this.#constant(dtype, shape, capture.read());
  }

  #place(value: Value): Output {
    const output = this.#outputs.get(value);
    if (output === undefined) throw new Error(`${describe(value)} is not part of the recording`);
    return output;
  }

  #metadata(value: Value): TensorMetadata {
    const id = nextId--;
    this.#values.set(id, value);
    return { id, shape: [...value.shape], dtype: value.dtype };
  }

  #attribute(op: string, { name, type, value }: BindingAttribute): Attribute {
    switch (type) {
      case 0:
        return { kind: 'string', value: value as string };
      case 1:
        return { kind: 'int', value: value as number | number[] };
      case 2:
        return { kind: 'float', value: value as number | number[] };
      case 3:
        return { kind: 'bool', value: value as boolean | boolean[] };
      case 4:
        return { kind: 'type', value: value as number };
      case 5:
        return { kind: 'shape', value: value as number[] };
      default:
        return this.refuse(`${op} has an attribute (${name}) of a kind that cannot be recorded.`);
    }
  }
}

/** What a message calls a value. */
function describe({ node }: Value): string {
  const { source } = node;
  if (source === undefined) return node.op;
  if (source.kind === 'argument') return `argument ${source.index} of the step`;
  if (source.kind === 'variable') return `variable ${source.variable.name}`;
  return source.kind;
}

/** Reads a tensor from the addon; bytes travel four to an int32, which it can hand over. */
function readTensor(
  binding: Binding,
  id: number,
  dtype: number,
  shape: readonly number[],
): TypedArray {
  if (dtype !== DataType.uint8) return binding.tensorDataSync(id);
  const size = sizeOf(shape);
  const words = Math.floor(size / 4);
  const bytes = new Uint8Array(size);
  const temporary: number[] = [];
  const run = (op: string, inputs: number[], type: Record<string, number>): number => {
    const attributes = Object.entries(type).map(([name, value]) => ({ name, type: 4, value }));
    const [result] = binding.executeOp(op, attributes, inputs, 1);
    if (result === undefined) throw new Error(`${op} gave no result`);
    temporary.push(result.id);
    return result.id;
  };
  const ints = (values: number[]): number => {
    const created = binding.createTensor([values.length], DataType.int32, Int32Array.from(values));
    temporary.push(created);
    return created;
  };
  try {
    const flat = run('Reshape', [id, ints([size])], { T: DataType.uint8 });
    const head = run('Slice', [flat, ints([0]), ints([words * 4])], { T: DataType.uint8 });
    const table = run('Reshape', [head, ints([words, 4])], { T: DataType.uint8 });
    const packed = run('Bitcast', [table], { T: DataType.uint8, type: DataType.int32 });
    const read = binding.tensorDataSync(packed);
    bytes.set(new Uint8Array(read.buffer, read.byteOffset, read.byteLength));
    if (size > words * 4) {
      const tail = run('Slice', [flat, ints([words * 4]), ints([size - words * 4])], {
        T: DataType.uint8,
      });
      bytes.set(
        binding.tensorDataSync(run('Cast', [tail], { SrcT: DataType.uint8, DstT: DataType.int32 })),
        words * 4,
      );
    }
    return bytes;
  } finally {
    temporary.forEach((temporaryId) => {
      binding.deleteTensor(temporaryId);
    });
  }
}
