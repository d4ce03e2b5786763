import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { readSafetensors, type SafetensorsTensor } from '../nn';
import { tensorFlowEnvironment } from './environment';

/** How far a device's numbers are from the CPU's. */
export interface Parity {
  /** What was compared: the logits, the gradients, the losses of Adam's steps. */
  what: string;
  /** Largest difference within a tensor, as a share of the tensor's largest value; the worst tensor's. */
  difference: number;
}

/** Whether convolutions and matrix products may round their factors to TF32, as they do by default. */
export type Rounding = 'float32' | 'TF32';

type Numbers = ReadonlyMap<string, SafetensorsTensor>;

/**
 * Compares the device that TensorFlow chooses with the CPU: forward, gradients and five Adam steps
 * of the lecture's network with the same weights on the same images. Each side computes in a
 * process of its own.
 *
 * @throws Error with the end of what a process said, if one fails
 */
export async function deviceParity(rounding: Rounding): Promise<Parity[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'googlenet-parity-'));
  try {
    const cpu = await numbersOf(path.join(directory, 'cpu'), { CUDA_VISIBLE_DEVICES: '-1' });
    const device = await numbersOf(
      path.join(directory, 'device'),
      rounding === 'float32' ? { NVIDIA_TF32_OVERRIDE: '0' } : {},
    );
    return compareNumbers(cpu, device);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The worst difference of each kind of tensor; a name's last word, a number, is left out. */
export function compareNumbers(expected: Numbers, actual: Numbers): Parity[] {
  const worst = new Map<string, number>();
  for (const [name, tensor] of expected) {
    const what = name.replace(/ \d+$/, '');
    const other = actual.get(name);
    const difference = other ? largestDifference(float32(tensor), float32(other)) : Infinity;
    worst.set(what, Math.max(worst.get(what) ?? 0, difference));
  }
  return [...worst].map(([what, difference]) => ({ what, difference }));
}

function float32({ data }: SafetensorsTensor): Float32Array {
  return data as Float32Array;
}

function largestDifference(expected: Float32Array, actual: Float32Array): number {
  if (expected.length !== actual.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? NaN;
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs((actual[i] ?? NaN) - value));
  }
  if (difference === 0) return 0;
  return difference / largest;
}

async function numbersOf(file: string, settings: Record<string, string>): Promise<Numbers> {
  const env = { ...process.env, ...(await tensorFlowEnvironment()), ...settings };
  await promisify(execFile)(process.execPath, [path.join(__dirname, 'parityNumbers.js'), file], {
    env,
  });
  const { tensors } = await readSafetensors(file);
  return tensors;
}
