import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { lockDirectory } from '../../lib/dist/files';
import { generateRecords } from '../../lib/data/drawShapes';
import { GENERATED, writeGenerated } from '../../lib/data/generated';

const COUNTS = { train: 20, test: 10 };
const FILES = ['README.txt', 'batches.meta.txt', 'data_batch_1.bin', 'test_batch.bin'];

describe('the generated set on disk', () => {
  let parent: string;
  let directory: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'generated set '));
    directory = path.join(parent, 'shapes');
  });
  afterEach(() => rm(parent, { recursive: true }));

  test("has the layout of CIFAR-10's files and says that it is not CIFAR-10", async () => {
    await writeGenerated(directory, COUNTS);
    assert.deepEqual(readdirSync(directory).sort(), FILES);
    const train = await readFile(path.join(directory, 'data_batch_1.bin'));
    const { images, labels } = generateRecords(20, 1, 0.25);
    assert.equal(train.length, 20 * 3073);
    // Of image 13: the label, then the red, green and blue of the second pixel, planes apart.
    const record = 13 * 3073;
    assert.equal(train[record], labels[13]);
    assert.deepEqual(
      [0, 1, 2].map((plane) => train[record + 1 + plane * 1024 + 1]),
      [...images.subarray(13 * 3072 + 3, 13 * 3072 + 6)],
    );
    assert.match(await readFile(path.join(directory, 'README.txt'), 'utf8'), /not CIFAR-10/);
    const names = await readFile(path.join(directory, 'batches.meta.txt'), 'utf8');
    assert.deepEqual(names.trim().split('\n'), GENERATED.classNames);
  });

  test('made by two at once is whole, and nothing is left over', async () => {
    await Promise.all([writeGenerated(directory, COUNTS), writeGenerated(directory, COUNTS)]);
    assert.deepEqual(readdirSync(directory).sort(), FILES);
    assert.deepEqual(readdirSync(parent), ['shapes']);
  });

  test('is made where a process was killed at it, and nothing is left over', async () => {
    const unfinished = `${directory}.making`;
    await mkdir(unfinished);
    await writeFile(path.join(unfinished, 'data_batch_1.bin'), 'half of');
    await writeFile(`${directory}.lock`, '');
    await writeGenerated(directory, COUNTS);
    assert.deepEqual(readdirSync(directory).sort(), FILES);
    assert.deepEqual(readdirSync(parent), ['shapes']);
    const { size } = await stat(path.join(directory, 'data_batch_1.bin'));
    assert.equal(size, 20 * 3073);
  });

  test('waits for another process that is at it, and takes what that one made', async () => {
    const release = await lockDirectory(directory, { taken: 'not free' });
    const second = writeGenerated(directory, COUNTS);
    await mkdir(directory);
    for (const file of FILES) await writeFile(path.join(directory, file), "the first one's");
    await release();
    await second;
    for (const file of FILES) {
      assert.equal(await readFile(path.join(directory, file), 'utf8'), "the first one's");
    }
  });

  test('without one of its files gets it again', async () => {
    await writeGenerated(directory, COUNTS);
    await rm(path.join(directory, 'test_batch.bin'));
    await writeGenerated(directory, COUNTS);
    assert.deepEqual(readdirSync(directory).sort(), FILES);
    assert.deepEqual(readdirSync(parent), ['shapes']);
  });

  test('that the system does not let be written comes with its words and advice', async () => {
    await writeFile(directory, 'a file of that name');
    await assert.rejects(
      writeGenerated(directory, COUNTS),
      /Generated shapes .* could not be written to .*shapes: EEXIST.* See that there is room/,
    );
  });
});
