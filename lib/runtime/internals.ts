/**
 * The members of TensorFlow.js that it does not declare, or calls private: what recording, state
 * keeping, saved optimizers, data sets and checks of WebGPU lean on. They are named here and nowhere else, so
 * that another version of TensorFlow.js is looked through in one place.
 */
import * as tf from 'googlenet/tfjs-node';

/** The arrays in which numbers of tensors come. */
export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** What the addon tells of a tensor it made. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** An attribute as the Node backend hands it to the addon. */
export interface BindingAttribute {
  readonly name: string;
  /** TF_AttrType */
  readonly type: number;
  readonly value: unknown;
}

/** The addon's functions: every kernel of the Node backend ends in them. */
export interface Binding {
  readonly TF_UINT8: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  executeOp(
    name: string,
    attributes: readonly BindingAttribute[],
    inputIds: readonly number[],
    outputCount: number,
  ): TensorMetadata[];
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TypedArray;
}

/** The backend's record of a tensor: `values` not yet handed over, or the addon's `id`. */
export interface TensorData {
  readonly shape: number[];
  readonly dtype: number;
  values: TypedArray | null;
  id: number;
  refCount: number;
}

/** The parts of TensorFlow.js's Node backend that recording and state keeping lean on. */
export interface NodeBackend {
  /** Whether TensorFlow found a GPU; operations then run there where they can. */
  readonly isUsingGpuDevice: boolean;
  binding: Binding;
  readonly tensorMap: {
    get(dataId: object): TensorData;
    set(dataId: object, data: TensorData): void;
    has(dataId: object): boolean;
  };
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeSingleOutput(
    name: string,
    attributes: readonly BindingAttribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly BindingAttribute[],
    inputs: readonly tf.TensorInfo[],
    outputCount: number,
  ): tf.Tensor[];
  read(dataId: object): Promise<TypedArray>;
  readSync(dataId: object): TypedArray;
}

/** The parts of TensorFlow.js's engine that recording leans on. */
export interface Engine {
  readonly state: { readonly scopeStack: readonly { readonly name: string }[] };
  readonly registeredVariables: Readonly<Record<string, tf.Variable>>;
  makeTensor(
    values: TypedArray,
    shape: number[],
    dtype: tf.DataType,
    backend?: tf.KernelBackend,
  ): tf.Tensor;
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
  makeVariable(
    initialValue: tf.Tensor,
    trainable?: boolean,
    name?: string,
    dtype?: tf.DataType,
  ): tf.Variable;
}

/** The backend in use, if it is that of TensorFlow's C library. */
export function nodeBackendInUse(): NodeBackend | undefined {
  const backend = tf.backend() as unknown as Partial<NodeBackend>;
  return backend.binding && backend.tensorMap ? (backend as NodeBackend) : undefined;
}

export function engine(): Engine {
  return tf.engine();
}

/** A tensor of bytes, for which TensorFlow.js has no type. */
export function byteTensor(backend: NodeBackend, values: Uint8Array, shape: number[]): tf.Tensor {
  const { binding } = backend;
  const dtype = binding.TF_UINT8;
  // The backend hands out tensors of what operations return, and of nothing else.
  return backend.createOutputTensor({
    id: binding.createTensor(shape, dtype, values),
    shape,
    dtype,
  });
}

/** The members of TensorFlow.js's optimizers in use. */
export interface OptimizerInternals {
  learningRate: number;
  /** SGD and Momentum: a scalar tensor that holds −learningRate. */
  c?: tf.Tensor;
  incrementIterations(): void;
  applyGradients(gradients: unknown): void;
}

/** Adam's own variables: getWeights() leaves the powers of β out. */
export interface AdamInternals {
  readonly accumulatedFirstMoment: readonly { readonly variable: tf.Variable }[];
  readonly accumulatedSecondMoment: readonly { readonly variable: tf.Variable }[];
  readonly accBeta1: tf.Variable;
  readonly accBeta2: tf.Variable;
}

export function optimizerInternals(optimizer: tf.Optimizer): OptimizerInternals {
  return optimizer as unknown as OptimizerInternals;
}

export function adamInternals(optimizer: tf.AdamOptimizer): AdamInternals {
  return optimizer as unknown as AdamInternals;
}

/** Read at each step, changed by each step, or made of the learning rate. */
const notSet = new Set(['learningRate', 'iterations_', 'c']);

/**
 * The numbers that an optimizer is set to and the tensors that it holds, in a fixed order; undefined
 * in place of a tensor that was disposed. `setWeights` makes new variables.
 */
export function optimizerSettings(optimizer: tf.Optimizer): unknown[] {
  return Object.entries(optimizer).flatMap(([name, value]: [string, unknown]) => {
    if (notSet.has(name)) return [];
    if (!Array.isArray(value)) return [held(value)];
    return value.map((slot: { variable?: unknown } | null) => held(slot?.variable));
  });
}

function held(value: unknown): unknown {
  return value instanceof tf.Tensor && value.isDisposed ? undefined : value;
}

/** The parts of TensorFlow.js's WebGPU backend in use. */
export interface WebgpuBackend {
  readonly device: GPUDevice;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  readonly bufferManager: { readonly freeBuffers: Map<string, GPUBuffer[]> };
}

export function webgpuBackendInUse(): WebgpuBackend {
  return tf.backend() as unknown as WebgpuBackend;
}
