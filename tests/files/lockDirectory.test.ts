import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, describe, test } from 'node:test';
import { lockDirectory } from '../../lib/dist/files';

const taken = 'a run holds it';

describe('lockDirectory', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'locks '));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test('refuses who comes second, in the words given, until the first lets go', async () => {
    const directory = path.join(folder, 'not yet there', 'of two');
    const release = await lockDirectory(directory, { taken });
    for (const name of [directory, `${directory}${path.sep}`]) {
      await assert.rejects(lockDirectory(name, { taken, patience: 0 }), { message: taken });
    }
    await release();
    await (
      await lockDirectory(directory, { taken, patience: 0 })
    )();
    assert.deepEqual(readdirSync(path.dirname(directory)), []);
  });

  test('waits for one that is just ending', async () => {
    const directory = path.join(folder, 'ending');
    const release = await lockDirectory(directory, { taken });
    setTimeout(() => void release(), 500);
    await (
      await lockDirectory(directory, { taken })
    )();
  });

  test('lets one of many in at a time', async () => {
    const directory = path.join(folder, 'of many');
    let inside = 0;
    const enter = async () => {
      const release = await lockDirectory(directory, { taken, patience: 30_000 });
      assert.equal(++inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      await release();
    };
    await Promise.all(Array.from({ length: 12 }, enter));
  });

  test('holds while its process is busy, and ends with it however that ends', async () => {
    const directory = path.join(folder, 'killed');
    const script = `require('../../lib/dist/files').lockDirectory(process.argv[1], { taken: '' })
      .then(() => { console.log('locked'); for (;;); });`;
    const child = spawn(process.execPath, ['-e', script, directory], { cwd: __dirname });
    await once(child.stdout, 'data');
    await assert.rejects(lockDirectory(directory, { taken, patience: 300 }), { message: taken });
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.ok(existsSync(`${directory}.lock`));
    await (
      await lockDirectory(directory, { taken, patience: 0 })
    )();
  });

  test('removes what a holder that was killed had not finished writing, and nothing else', async () => {
    const directory = path.join(folder, 'half written');
    mkdirSync(directory);
    const others = ['mine.partial', 'weights.safetensors'];
    for (const name of others) writeFileSync(path.join(directory, name), '');
    const script = `const { lockDirectory, writeWhole } = require('../../lib/dist/files');
      const fs = require('fs');
      lockDirectory(process.argv[1], { taken: '' }).then(async () => {
        fs.promises.rename = () => process.kill(process.pid, 'SIGKILL');
        await writeWhole(process.argv[1] + '/state', 'half');
      });`;
    const child = spawn(process.execPath, ['-e', script, directory], { cwd: __dirname });
    await once(child, 'close');
    assert.equal(readdirSync(directory).length, 3, 'it was killed while it wrote');
    await (
      await lockDirectory(directory, { taken })
    )();
    assert.deepEqual(readdirSync(directory), others);
  });

  test('names the place that cannot be written to', async () => {
    const file = path.join(folder, 'a file');
    writeFileSync(file, '');
    await assert.rejects(
      lockDirectory(path.join(file, 'run'), { taken }),
      /a file.*choose another/,
    );
  });
});
