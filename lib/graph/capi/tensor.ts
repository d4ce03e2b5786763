import koffi from 'koffi';
import { DataType, elementSize, sizeOf, type TypedArray } from '../ir';
import type { Pointer } from './library';
import { call } from './status';

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
