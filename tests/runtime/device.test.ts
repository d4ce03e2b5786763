import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { tf, type NodeJSKernelBackend } from 'googlenet/runtime';

const onGpu = (tf.backend() as NodeJSKernelBackend).isUsingGpuDevice;

/** What getDevice prints in a process that finds its programs in `directory`. */
function printed(directory: string): string[] {
  const output = execFileSync(
    process.execPath,
    ['-e', "require('googlenet/runtime').getDevice()"],
    {
      encoding: 'utf8',
      cwd: __dirname,
      env: { ...process.env, PATH: directory },
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
  });
});
