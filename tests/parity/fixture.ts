import assert from 'node:assert/strict';
import { toChannelsLast, type SafetensorsFile } from 'googlenet/nn';
import { tf } from 'googlenet/runtime';

/** An array of a fixture, images channels first. */
export function numbers(fixture: SafetensorsFile, name: string): Float32Array {
  const data = fixture.tensors.get(name)?.data;
  assert.ok(data instanceof Float32Array, `the fixture lacks ${name}`);
  return data;
}

/** The same as a tensor, channels last. */
export function images(fixture: SafetensorsFile, name: string): tf.Tensor {
  const shape = [...(fixture.tensors.get(name)?.shape ?? [])];
  return toChannelsLast(tf.tensor(numbers(fixture, name), shape as [number, number, number]));
}
