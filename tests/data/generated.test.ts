import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { encodeRecords } from '../../lib/data/binaryLayout';
import { GENERATED, generateRecords, VERSION, writeGenerated } from '../../lib/data/generated';

const COUNTS = { train: 20, test: 10 };
const FILES = ['README.txt', 'batches.meta.txt', 'data_batch_1.bin', 'test_batch.bin'];

test('other images mean another version, so that no old copy is taken for the new set', () => {
  const digest = createHash('sha256')
    .update(encodeRecords(generateRecords(100, 1)))
    .digest('hex');
  // When this fails, the generator has changed: raise VERSION, then renew the digest.
  assert.deepEqual(
    [VERSION, digest],
    [2, '622c834bf0d81c96489f918da9ba39d73aa6786eb2b445e287f50e9df7e43eee'],
  );
});

test('the start of a set does not depend on its length', () => {
  const [short, long] = [generateRecords(10, 1), generateRecords(15, 1)];
  assert.deepEqual(long.images.subarray(0, short.images.length), short.images);
  assert.deepEqual(long.labels.subarray(0, short.labels.length), short.labels);
});

describe('the generated set on disk', () => {
  let parent: string;
  let directory: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'generated set '));
    directory = path.join(parent, 'shapes-2');
  });
  afterEach(() => rm(parent, { recursive: true }));

  test("has the layout of CIFAR-10's files and says that it is not CIFAR-10", async () => {
    await writeGenerated(directory, COUNTS);
    assert.deepEqual(readdirSync(directory).sort(), FILES);
    const train = await readFile(path.join(directory, 'data_batch_1.bin'));
    const { images, labels } = generateRecords(20, 1);
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
    assert.deepEqual(readdirSync(parent), ['shapes-2']);
  });

  test('is made where a process was killed at it; its folder goes when it is old', async () => {
    const [old, young] = ['shapes-2.aaaaaa', 'shapes-2.bbbbbb'].map((name) =>
      path.join(parent, name),
    ) as [string, string];
    await Promise.all([mkdir(old), mkdir(young)]);
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(old, yesterday, yesterday);
    await writeGenerated(directory, COUNTS);
    assert.equal(existsSync(old), false);
    assert.equal(existsSync(young), true);
    assert.deepEqual(readdirSync(directory).sort(), FILES);
  });

  test('without some of its files is named, and left as it is', async () => {
    await writeGenerated(directory, COUNTS);
    await rm(path.join(directory, 'test_batch.bin'));
    await assert.rejects(writeGenerated(directory, COUNTS), /shapes-2 lacks some .* delete it/);
    assert.equal(existsSync(path.join(directory, 'data_batch_1.bin')), true);
  });
});
