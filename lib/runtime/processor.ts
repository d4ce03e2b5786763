import { readFileSync } from 'node:fs';
import { nativeBackend } from './native';

/** Vector extensions that TensorFlow and PyTorch make use of, by the names that Linux gives them. */
const EXTENSIONS = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'bf16'];

/** The processor's vector extensions; undefined where the system does not tell. */
export function vectorExtensions(): string[] | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return undefined; // Not Linux.
  }
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return EXTENSIONS.filter((name) => flags.has(name));
}

const BFLOAT16 = ['avx512_bf16', 'amx_bf16', 'bf16'];

/**
 * Whether TensorFlow computes in bfloat16 on a processor that has no instructions for it. It then
 * converts every number to float32 and back, which takes many times as long as float32 itself.
 */
export function emulatesBfloat16(): boolean {
  if (nativeBackend()?.isUsingGpuDevice !== false) return false;
  return vectorExtensions()?.some((name) => BFLOAT16.includes(name)) === false;
}
