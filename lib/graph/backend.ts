import { nodeBackendInUse, tf, type NodeBackend } from '../runtime';
import { DataType } from './ir';

/** @throws Error when another backend than the native TensorFlow is in use. */
export function nodeBackend(): NodeBackend {
  const backend = nodeBackendInUse();
  if (backend !== undefined) return backend;
  throw new Error(
    tf.nativeFailure === undefined
      ? `compile() needs TensorFlow.js's native backend; the backend in use is ` +
          `"${tf.getBackend()}". Call the step without compile(), or pick the native backend with ` +
          `tf.setBackend('tensorflow').`
      : `compile() needs TensorFlow's C library. ${tf.nativeFailure}: npm run doctor says what to ` +
          `do. Until then call the step without compile().`,
  );
}

/** What this process computes on. */
export function deviceInUse(): 'cpu' | 'gpu' {
  return nodeBackend().isUsingGpuDevice ? 'gpu' : 'cpu';
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
