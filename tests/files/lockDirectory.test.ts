import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, describe, test } from 'node:test';
import { lockDirectory } from 'googlenet/files';

describe('lockDirectory', { concurrency: true }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'locks '));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test('refuses who comes second, in the words given, until the first lets go', async () => {
    const directory = path.join(folder, 'of two');
    const release = await lockDirectory(directory, 'unused');
    await assert.rejects(lockDirectory(directory, 'a run holds it'), { message: 'a run holds it' });
    await release();
    await (
      await lockDirectory(directory, 'unused')
    )();
  });

  test('waits for one that is just ending', async () => {
    const directory = path.join(folder, 'ending');
    const release = await lockDirectory(directory, 'unused');
    setTimeout(() => void release(), 1500);
    await (
      await lockDirectory(directory, 'unused')
    )();
  });

  test('takes over from a process that was killed', async () => {
    const directory = path.join(folder, 'killed');
    mkdirSync(`${directory}.lock`);
    const aMinuteAgo = Date.now() / 1000 - 60;
    utimesSync(`${directory}.lock`, aMinuteAgo, aMinuteAgo);
    await (
      await lockDirectory(directory, 'unused')
    )();
  });

  test('names the place that cannot be written to', async () => {
    const file = path.join(folder, 'a file');
    writeFileSync(file, '');
    await assert.rejects(lockDirectory(path.join(file, 'run'), 'unused'), /a file.*choose another/);
  });
});
