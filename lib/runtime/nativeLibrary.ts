import koffi from 'koffi';

/** A pointer of a C library, which owns what it points to. */
export type Pointer = bigint;

/** A C function: called directly, or on a worker thread through `async`. */
export interface NativeFunction {
  (...parameters: unknown[]): unknown;
  async(...parameters: unknown[]): void;
}

/**
 * The functions of a C library, by their names.
 *
 * @param file a shared library; functions of the libraries that it has loaded are found too
 * @param signatures C declarations, one a line
 * @throws Error if the file cannot be loaded or has no such function
 */
export function nativeFunctions(file: string, signatures: string): Record<string, NativeFunction> {
  const native = koffi.load(file);
  return Object.fromEntries(
    signatures
      .trim()
      .split('\n')
      .map((line) => {
        const signature = line.trim();
        const name = /(\w+)\(/.exec(signature)?.[1] ?? '';
        return [name, native.func(signature) as NativeFunction];
      }),
  );
}
