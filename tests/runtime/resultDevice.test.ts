import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf, type NodeJSKernelBackend } from 'googlenet/runtime';
import { resultDevice } from '../../lib/runtime/resultDevice';

test('a result says where it was computed, and that is what the backend claims', () => {
  const { isUsingGpuDevice } = tf.backend() as NodeJSKernelBackend;
  assert.match(resultDevice(), isUsingGpuDevice ? /device:GPU:\d+$/ : /device:CPU:0$/);
});
