import { tf } from '../runtime';
import { DataType, type TypedArray } from './ir';

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

/** @throws Error when another backend than the native TensorFlow is in use. */
export function nodeBackend(): NodeBackend {
  const backend = tf.backend() as unknown as Partial<NodeBackend>;
  if (backend.binding === undefined || backend.tensorMap === undefined) {
    throw new Error(
      `compile() needs TensorFlow.js's native backend; the backend in use is ` +
        `"${tf.getBackend()}". Call the step without compile(), or pick the native backend with ` +
        `tf.setBackend('tensorflow').`,
    );
  }
  return backend as NodeBackend;
}

export function engine(): Engine {
  return tf.engine();
}

/** The addon's number of a tensor; hands the values over first where that is still due. */
export function tensorId(backend: NodeBackend, tensor: tf.TensorInfo): number {
  const [id] = backend.getInputTensorIds([tensor]);
  if (id === undefined) throw new Error('the backend gave no number for a tensor');
  return id;
}

/** The type name that TensorFlow.js uses for a TensorFlow type; bytes travel as int32. */
export function dtypeName(dtype: number): tf.NumericDataType | 'bool' {
  switch (dtype) {
    case DataType.float32:
      return 'float32';
    case DataType.bool:
      return 'bool';
    default:
      return 'int32';
  }
}
