export type { TypedArray } from '../../runtime';

/** TF_DataType (tensorflow/c/tf_datatype.h) of what a step can hold. */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
} as const;

/** The name of a type, `float32`. */
export function typeName(dtype: number): string {
  const entry = Object.entries(DataType).find(([, value]) => value === dtype);
  return entry?.[0] ?? `type ${dtype}`;
}

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

/** Product of the dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
