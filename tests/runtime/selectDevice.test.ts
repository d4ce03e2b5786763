import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import { nodeBackendInUse, selectDevice } from 'googlenet/runtime';

const onGpu = nodeBackendInUse()?.isUsingGpuDevice;

/** What a process prints that selects its device, with `env` in its environment. */
function run(script: string, env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    cwd: __dirname,
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

const PRINT_DEVICE = `
const { getDevice, selectDevice } = require('googlenet/runtime');
selectDevice().then(getDevice).catch(({ message }) => console.log(message));
`;

test('another name is refused, with the names there are', async () => {
  await assert.rejects(selectDevice('tpu'), /"tpu"; it must be one of cpu, cuda, webgpu/);
});

test("a GPU's memory is taken as it is needed, unless the environment says otherwise", () => {
  const PRINT_GROWTH = `
require('googlenet/runtime');
const koffi = require('koffi');
const getenv = koffi.load(null).func('const char *getenv(const char *name)');
console.log(getenv('TF_FORCE_GPU_ALLOW_GROWTH'));
`;
  // This process has set it already.
  assert.equal(run(PRINT_GROWTH, { TF_FORCE_GPU_ALLOW_GROWTH: undefined }).stdout.trim(), 'true');
  assert.equal(run(PRINT_GROWTH, { TF_FORCE_GPU_ALLOW_GROWTH: 'false' }).stdout.trim(), 'false');
});

describe('without CUDA', { skip: onGpu }, () => {
  test('cuda is refused, with what to do', async () => {
    await assert.rejects(selectDevice('cuda'), {
      name: 'DeviceUnavailableError',
      message: /npm run doctor/,
    });
  });

  test('GOOGLENET_DEVICE selects the device', () => {
    assert.match(run(PRINT_DEVICE, { GOOGLENET_DEVICE: 'cpu' }).stdout, /^curr device = cpu$/m);
    assert.match(run(PRINT_DEVICE, { GOOGLENET_DEVICE: 'cuda' }).stdout, /no CUDA device/);
  });

  test('a device named in the call goes before GOOGLENET_DEVICE', () => {
    const script = PRINT_DEVICE.replace('selectDevice()', "selectDevice('cpu')");
    assert.match(run(script, { GOOGLENET_DEVICE: 'webgpu' }).stdout, /^curr device = cpu$/m);
  });

  test('what a driver prints while WebGPU is looked for is not taken for its answer', () => {
    const noise = path.join(mkdtempSync(path.join(tmpdir(), 'noise-')), 'noise.cjs');
    writeFileSync(noise, "process.stdout.write('libfoo: a line from a driver\\n');");
    const { stdout, status } = run(PRINT_DEVICE, {
      GOOGLENET_DEVICE: '',
      VK_DRIVER_FILES: '/dev/null',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${JSON.stringify(noise)}`,
    });
    assert.match(stdout, /^curr device = cpu$/m);
    assert.equal(status, 0);
  });

  test('webgpu without a driver is refused, with what to install', () => {
    // A list of drivers that names none.
    const env = { GOOGLENET_DEVICE: 'webgpu', VK_DRIVER_FILES: '/dev/null' };
    assert.match(run(PRINT_DEVICE, env).stdout, /WebGPU finds no GPU: install .*Vulkan/);
  });

  test('getDevice() does not take another device for the one that is asked for', () => {
    const { stderr } = run("require('googlenet/runtime').getDevice()", {
      GOOGLENET_DEVICE: 'webgpu',
    });
    assert.match(stderr, /call "await selectDevice\(\)" before getDevice\(\)/);
  });
});

describe("where TensorFlow's library cannot be loaded", () => {
  const WITHOUT_LIBRARY = `
const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === '@tensorflow/tfjs-node-gpu') throw new Error('libtensorflow is missing\\nand more');
  return load(name, ...rest);
};
`;
  const FORWARD = `
const { getDevice, tf } = require('googlenet/runtime');
const { Inception } = require('googlenet/nn');
getDevice();
const block = new Inception({ inChannels: 3, ch1x1: 1, ch3x3red: 2, ch3x3: 3, ch5x5red: 1, ch5x5: 2, poolProj: 1 });
console.log(block.forward(tf.ones([5, 5, 3])).shape.join());
const weights = block.model.getWeights().length;
const { grads } = tf.variableGrads(() => block.forward(tf.ones([1, 5, 5, 3])).sum());
console.log(Object.keys(grads).length === weights);
`;

  test('networks run in plain JavaScript, and one line says so and why', () => {
    const { status, stdout, stderr } = run(WITHOUT_LIBRARY + FORWARD);
    assert.equal(status, 0, stderr);
    const [device, description, reason, ...rest] = stdout.trimEnd().split('\n');
    assert.equal(device, 'curr device = cpu');
    assert.match(description ?? '', /^TensorFlow\.js 4\.\d+\.\d+: 1 thread of plain JavaScript$/);
    assert.match(reason ?? '', /^not the GPU: .*\(libtensorflow is missing\)$/);
    assert.deepEqual(rest, ['5,5,7', 'true']);
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 1, stderr);
    assert.match(lines[0] ?? '', /^WARNING: .*libtensorflow is missing.*MANY TIMES SLOWER/);
  });
});
