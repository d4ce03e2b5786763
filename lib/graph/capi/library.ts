import { addonFile, tensorFlowFunctions, type NativeFunction } from '../../runtime';

export type { Pointer } from '../../runtime';

let loaded: Readonly<Record<string, NativeFunction>> | undefined;

/**
 * TensorFlow's C library, the very one that TensorFlow.js runs on.
 *
 * @throws Error when TensorFlow.js runs without its native addon.
 */
export function library(): Readonly<Record<string, NativeFunction>> {
  // Each call of the library asks for it; to look for the addon takes long.
  loaded ??= load();
  return loaded;
}

function load(): Readonly<Record<string, NativeFunction>> {
  const addon = addonFile();
  if (addon !== undefined) return tensorFlowFunctions(addon);
  throw new Error(
    'compile() needs the native TensorFlow, and this process has not loaded its addon ' +
      '(tfjs_binding.node). Run the set-up again, or call the step without compile().',
  );
}
