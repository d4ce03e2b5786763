import { tensorFlowFunctions, type NativeFunction } from '../../runtime';

export type { Pointer } from '../../runtime';

/**
 * TensorFlow's C library, the very one that TensorFlow.js runs on.
 *
 * @throws Error when TensorFlow.js runs without its native addon.
 */
export function library(): Readonly<Record<string, NativeFunction>> {
  const functions = tensorFlowFunctions();
  if (functions !== undefined) return functions;
  throw new Error(
    "TensorFlow's C library is not loaded in this process: npm run doctor says what to do",
  );
}
