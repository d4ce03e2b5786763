import { tensorFlowFunctions, type Pointer } from './nativeLibrary';

/** ConfigProto { gpu_options { allow_growth: true } }: the rest of the GPU's memory stays free. */
const CONFIG = Uint8Array.of(0x32, 0x02, 0x20, 0x01);

const FLOAT32 = 1;

/**
 * The device on which TensorFlow computes a matrix product when it is free to choose, as the
 * result itself says: `/job:localhost/replica:0/task:0/device:GPU:0`.
 *
 * That TensorFlow lists a GPU does not say that operations run there: kernels for its generation
 * may be missing, or a library of CUDA.
 *
 * @throws Error with what TensorFlow says, if it cannot compute it
 */
export function resultDevice(): string {
  const call = (tensorFlowFunctions() ?? {}) as Record<
    string,
    (...parameters: unknown[]) => Pointer
  >;
  const undo: (() => unknown)[] = [];
  const own = (made: Pointer | undefined, free: string): Pointer => {
    undo.unshift(() => call[free]?.(made));
    return made ?? 0n;
  };
  const status = own(call.TF_NewStatus?.(), 'TF_DeleteStatus');
  const check = <T>(result: T): T => {
    if (Number(call.TF_GetCode?.(status)) === 0) return result;
    throw new Error(String(call.TF_Message?.(status)));
  };
  try {
    const options = own(call.TFE_NewContextOptions?.(), 'TFE_DeleteContextOptions');
    check(call.TFE_ContextOptionsSetConfig?.(options, CONFIG, CONFIG.length, status));
    const context = own(check(call.TFE_NewContext?.(options, status)), 'TFE_DeleteContext');
    const tensor = own(
      call.TF_AllocateTensor?.(FLOAT32, BigInt64Array.of(1n, 1n), 2, 4),
      'TF_DeleteTensor',
    );
    const one = own(check(call.TFE_NewTensorHandle?.(tensor, status)), 'TFE_DeleteTensorHandle');
    const product = own(check(call.TFE_NewOp?.(context, 'MatMul', status)), 'TFE_DeleteOp');
    check(call.TFE_OpAddInput?.(product, one, status));
    check(call.TFE_OpAddInput?.(product, one, status));
    const results = new BigUint64Array(1);
    check(call.TFE_Execute?.(product, results, Int32Array.of(1), status));
    const result = own(results[0], 'TFE_DeleteTensorHandle');
    return String(check(call.TFE_TensorHandleBackingDeviceName?.(result, status)));
  } finally {
    for (const free of undo) free();
  }
}
