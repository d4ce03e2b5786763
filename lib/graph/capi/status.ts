import { library, type Pointer } from './library';

/** What TensorFlow answered when it refused a call. */
export class TensorFlowError extends Error {
  override name = 'TensorFlowError';
  constructor(
    message: string,
    /** TF_Code of tensorflow/c/tf_status.h, such as 3 for an invalid argument. */
    readonly code: number,
  ) {
    super(message);
  }
}

/** Calls `body` with a fresh TF_Status and throws what TensorFlow wrote into it. */
export function withStatus<T>(body: (status: Pointer) => T): T {
  const status = newStatus();
  try {
    const result = body(status);
    throwIfFailed(status);
    return result;
  } finally {
    deleteStatus(status);
  }
}

export function newStatus(): Pointer {
  return call('TF_NewStatus') as Pointer;
}

export function deleteStatus(status: Pointer): void {
  call('TF_DeleteStatus', status);
}

export function throwIfFailed(status: Pointer): void {
  const code = call('TF_GetCode', status) as number;
  if (code !== 0) throw new TensorFlowError(call('TF_Message', status) as string, code);
}

/** Calls one function of the C API by name. */
export function call(name: string, ...parameters: unknown[]): unknown {
  const native = library()[name];
  if (native === undefined) throw new Error(`${name} is not among the bound functions`);
  return native(...parameters);
}
