import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { readSafetensors, type SafetensorsTensor } from '../files';
import { largestDifference } from '../bench';

/** How far a device's numbers are from the CPU's. */
export interface Parity {
  /** What was compared: the logits, the gradients, the losses of Adam's steps, and how they ran. */
  what: string;
  /** Largest difference within a tensor, as a share of the tensor's largest value; the worst tensor's. */
  difference: number;
}

/** Whether convolutions and matrix products may round their factors to TF32, as they do by default. */
export type Rounding = 'float32' | 'TF32';

type Numbers = ReadonlyMap<string, SafetensorsTensor>;

/**
 * Compares the device that TensorFlow chooses with the CPU: forward, gradients and five Adam steps
 * of the lecture's network with the same weights on the same images, op by op and as a graph. Each
 * side computes in a process of its own.
 *
 * @throws Error with the end of what a process said, if one fails
 */
export async function deviceParity(rounding: Rounding): Promise<Parity[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'googlenet-parity-'));
  const numbersOf = async (name: string, settings: NodeJS.ProcessEnv): Promise<Numbers> => {
    const file = path.join(directory, name);
    const env = { ...process.env, ...settings };
    const script = path.join(__dirname, 'parityNumbers.js');
    await promisify(execFile)(process.execPath, [script, file], { env });
    return (await readSafetensors(file)).tensors;
  };
  try {
    const cpu = await numbersOf('cpu', { CUDA_VISIBLE_DEVICES: '-1' });
    const NVIDIA_TF32_OVERRIDE = rounding === 'float32' ? '0' : undefined;
    return compareNumbers(cpu, await numbersOf('device', { NVIDIA_TF32_OVERRIDE }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The worst difference of each kind of tensor; a name's last word, a number, is left out. */
export function compareNumbers(expected: Numbers, actual: Numbers): Parity[] {
  const worst = new Map<string, number>();
  for (const [name, tensor] of expected) {
    const what = name.replace(/ \d+$/, '');
    const data = tensor.data as Float32Array;
    const found = actual.get(name)?.data as Float32Array | undefined;
    const difference = largestDifference(found ?? [], data);
    const largest = largestDifference(data, new Float32Array(data.length));
    // Math.max hands a NaN on.
    worst.set(what, Math.max(worst.get(what) ?? 0, difference && difference / largest));
  }
  return [...worst].map(([what, difference]) => ({ what, difference }));
}
