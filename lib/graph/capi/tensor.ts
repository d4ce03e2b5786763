import koffi from 'koffi';
import { tf } from '../../runtime';
import type { Pointer } from './library';
import { call } from './status';

/** TF_DataType (tensorflow/c/tf_datatype.h) of what a step can hold. */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
} as const;

/** Bytes of one element. */
export function elementSize(dtype: number): number {
  const size = elementSizes.get(dtype);
  if (size === undefined) throw new Error(`tensors of TensorFlow type ${dtype} are not supported`);
  return size;
}

/** Whether tensors of the type can be handed over. */
export function isSupported(dtype: number): boolean {
  return elementSizes.has(dtype);
}

const elementSizes = new Map<number, number>([
  [DataType.float32, 4],
  [DataType.int32, 4],
  [DataType.uint8, 1],
  [DataType.int64, 8],
  [DataType.bool, 1],
  [DataType.bfloat16, 2],
]);

export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** Product of the dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return tf.util.sizeFromShape([...shape]);
}

/** A new TF_Tensor with a copy of `values`; the caller deletes it. */
export function newTensor(dtype: number, shape: readonly number[], values: TypedArray): Pointer {
  const length = sizeOf(shape) * elementSize(dtype);
  if (length !== values.byteLength) {
    throw new Error(
      `a tensor of shape [${shape.join(', ')}] takes ${length} bytes, not ${values.byteLength}`,
    );
  }
  const dims = BigInt64Array.from(shape, BigInt);
  const tensor = call('TF_AllocateTensor', dtype, dims, shape.length, length) as Pointer;
  if (length > 0) {
    const source = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    tensorBytes(tensor, length).set(source);
  }
  return tensor;
}

export function deleteTensor(tensor: Pointer): void {
  call('TF_DeleteTensor', tensor);
}

/** What a TF_Tensor holds, copied into JavaScript's memory. */
export interface HostTensor {
  readonly dtype: number;
  readonly shape: number[];
  readonly values: TypedArray;
}

/** Copies a TF_Tensor into JavaScript's memory and deletes it. */
export function takeTensor(tensor: Pointer): HostTensor {
  try {
    const dtype = call('TF_TensorType', tensor) as number;
    const rank = call('TF_NumDims', tensor) as number;
    const shape = Array.from({ length: rank }, (_, i) => Number(call('TF_Dim', tensor, i)));
    const length = Number(call('TF_TensorByteSize', tensor));
    const bytes = new Uint8Array(length);
    if (length > 0) bytes.set(tensorBytes(tensor, length));
    return { dtype, shape, values: typed(dtype, bytes.buffer) };
  } finally {
    deleteTensor(tensor);
  }
}

function tensorBytes(tensor: Pointer, length: number): Uint8Array {
  return new Uint8Array(koffi.view(call('TF_TensorData', tensor), length));
}

function typed(dtype: number, buffer: ArrayBuffer): TypedArray {
  switch (dtype) {
    case DataType.float32:
      return new Float32Array(buffer);
    case DataType.int32:
      return new Int32Array(buffer);
    case DataType.bool:
    case DataType.uint8:
      return new Uint8Array(buffer);
    default:
      throw new Error(`a result of TensorFlow type ${dtype} cannot become a tensor`);
  }
}
