import { createRequire } from 'node:module';

/** A pointer of the C library; TensorFlow owns what it points to. */
export type Pointer = bigint;

/** A C function: called directly, or on a worker thread through `async`. */
export interface NativeFunction {
  (...parameters: unknown[]): unknown;
  async(...parameters: unknown[]): void;
}

/** The part of koffi in use here: its own declarations are an ES module's, this package is not. */
interface Koffi {
  load(path: string): { func(signature: string): NativeFunction };
  struct(name: string, members: Readonly<Record<string, string>>): unknown;
  view(pointer: Pointer, length: number): ArrayBuffer;
  decode(pointer: Pointer, type: string): unknown;
  decode(pointer: Pointer, offset: number, type: string): unknown;
}

export const koffi = createRequire(__filename)('koffi') as Koffi;
