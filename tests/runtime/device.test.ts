import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nodeBackendInUse } from 'googlenet/runtime';

const onGpu = nodeBackendInUse()?.isUsingGpuDevice;

/** What getDevice prints in a process that finds its programs in `directory`. */
function printed(directory: string, env: NodeJS.ProcessEnv = {}): string[] {
  const output = execFileSync(
    process.execPath,
    ['-e', "require('googlenet/runtime').getDevice()"],
    {
      encoding: 'utf8',
      cwd: __dirname,
      env: { ...process.env, PATH: directory, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  return output.trimEnd().split('\n');
}

test("a program's own arguments do not send TensorFlow.js elsewhere for its addon", () => {
  const output = execFileSync(
    process.execPath,
    [
      '-e',
      "const { tf } = require('googlenet/runtime'); console.log(tf.add(1, 2).arraySync(), process.argv.slice(1).join())",
      '--',
      '--directory',
      '/nowhere',
    ],
    { encoding: 'utf8', cwd: __dirname, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  assert.equal(output.trim(), '3 --directory,/nowhere');
});

describe('the device, on the CPU', { skip: onGpu }, () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'googlenet device '));
  });
  after(() => rm(directory, { recursive: true }));

  test("is printed as in the lecture, with TensorFlow's version and the threads", () => {
    const [device, versions] = printed(directory);
    assert.equal(device, 'curr device = cpu');
    assert.match(
      versions ?? '',
      /^TensorFlow 2\.\d+\.\d+, TensorFlow\.js 4\.\d+\.\d+: \d+ threads?$/,
    );
    assert.match(versions ?? '', new RegExp(`: ${availableParallelism()} thread`));
  });

  test('says in one line that there is no GPU', () => {
    assert.match(
      printed(directory).slice(2).join('\n'),
      /^not the GPU: no NVIDIA GPU was found.*$/,
    );
  });

  test('says in one line that there is a GPU which is not used', async () => {
    const nvidiaSmi = path.join(directory, 'nvidia-smi');
    await writeFile(nvidiaSmi, '#!/bin/sh\necho "NVIDIA Example 9000"\n');
    await chmod(nvidiaSmi, 0o755);
    const [device, , reason] = printed(directory);
    assert.equal(device, 'curr device = cpu');
    assert.match(
      reason ?? '',
      /^not the GPU: there is one \(NVIDIA Example 9000\).*npm run doctor/,
    );
    assert.equal(
      printed(directory, { GOOGLENET_DEVICE: 'cpu' })[2],
      'not the GPU: there is one (NVIDIA Example 9000), but the device cpu was chosen',
    );
  });
});

test('of what TensorFlow prints while it is loaded, what is expected is left out', () => {
  const quietLoad = path.join(__dirname, '../../lib/runtime/tfjs-node/quiet-load.cjs');
  const noDevice =
    'E0000 00:00:1795709170.078057    7909 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected\n';
  const error = 'E0000 00:00:1795709170.078057    7909 cuda_platform.cc:52] another error\n';
  const shown = (visible: string) =>
    spawnSync(
      process.execPath,
      [
        '-e',
        'require(process.argv[1])(() => require("node:fs").writeSync(2, process.argv[2]))',
        quietLoad,
        `I0000 00:00:1795709170.078057    7909 port.cc:153] oneDNN is on\n${noDevice}${error}`,
      ],
      {
        encoding: 'utf8',
        env: { ...process.env, CUDA_VISIBLE_DEVICES: visible, TF_CPP_MIN_LOG_LEVEL: '2' },
      },
    ).stderr;
  assert.equal(shown('0'), noDevice + error);
  assert.equal(shown('-1'), error);
});
