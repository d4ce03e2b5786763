import { spawnSync } from 'node:child_process';
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

/** Whether the processor has instructions for bfloat16; false where the system does not tell. */
export function hasBfloat16(platform: NodeJS.Platform = process.platform, ask = sysctl): boolean {
  if (platform === 'darwin') return ask('hw.optional.arm.FEAT_BF16') === '1';
  return vectorExtensions()?.some((name) => BFLOAT16.includes(name)) ?? false;
}

/** What macOS says of itself; undefined where it does not know the name. */
function sysctl(name: string): string | undefined {
  const { status, stdout } = spawnSync('sysctl', ['-n', name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Whether TensorFlow computes in bfloat16 on a processor that has no instructions for it. It then
 * converts every number to float32 and back, which takes many times as long as float32 itself.
 */
export function emulatesBfloat16(): boolean {
  return nativeBackend()?.isUsingGpuDevice === false && !hasBfloat16();
}
