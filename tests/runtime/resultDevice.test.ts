import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeBackendInUse } from 'googlenet/runtime';
import { resultDevice } from '../../lib/dist/runtime/resultDevice';

test('a result says where it was computed, and that is what the backend claims', () => {
  const isUsingGpuDevice = nodeBackendInUse()?.isUsingGpuDevice;
  assert.match(resultDevice(), isUsingGpuDevice ? /device:GPU:\d+$/ : /device:CPU:0$/);
});
