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
    'compile() needs the native TensorFlow, and this process has not loaded its addon ' +
      '(tfjs_binding.node). Run the set-up again, or call the step without compile().',
  );
}
