import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadCifar10, loadDataset } from 'googlenet/data';

const RECORD = 3073;
const FILES = [...[1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`), 'test_batch.bin'];

/** One file in the official layout; image i has the label i % 10, and its planes i, i + 1 and i + 2. */
function batch(): Buffer {
  const bytes = Buffer.alloc(10_000 * RECORD);
  for (let image = 0; image < 10_000; image++) {
    bytes[image * RECORD] = image % 10;
    for (let plane = 0; plane < 3; plane++) {
      const start = image * RECORD + 1 + plane * 1024;
      bytes.fill((image + plane) % 256, start, start + 1024);
      // The second pixel of the first row tells rows from columns.
      bytes[start + 1] = 200 + plane;
    }
  }
  return bytes;
}

describe('a folder of CIFAR-10', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cifar 10 '));
    for (const file of FILES) await writeFile(path.join(folder, file), batch());
    process.env.CIFAR10_DIR = folder;
  });
  after(async () => {
    delete process.env.CIFAR10_DIR;
    await rm(folder, { recursive: true });
  });

  test('is read across its files, planes becoming channels', async () => {
    const { images, labels, length, imageShape, classNames } = await loadCifar10('train', 10_003);
    assert.equal(length, 10_003);
    assert.deepEqual(imageShape, [32, 32, 3]);
    assert.deepEqual([...labels.subarray(9_998)], [8, 9, 0, 1, 2]);
    assert.equal(classNames[labels[3] ?? -1], 'cat');
    // Image 10,002 is the third of the second file.
    const image = images.subarray(10_002 * 3072);
    assert.deepEqual([...image.subarray(0, 9)], [2, 3, 4, 200, 201, 202, 2, 3, 4]);
    assert.deepEqual([...image.subarray(96, 99)], [2, 3, 4]);
  });

  test('is read whole, 50,000 and 10,000 images, as bytes', async () => {
    const [train, testSet] = [await loadCifar10('train'), await loadCifar10('test')];
    assert.equal(train.images.byteLength, 50_000 * 3072);
    assert.equal(testSet.length, 10_000);
  });

  test('gives no more images than it has', async () => {
    await assert.rejects(
      loadCifar10('test', 10_001),
      /CIFAR-10 has 10000 test images; samples is 10001/,
    );
  });

  test('with a file cut short, of another size, or with a label above 9, names the file and what to do', async () => {
    const file = path.join(folder, 'test_batch.bin');
    const whole = await readFile(file);
    await truncate(file, 12_345);
    await assert.rejects(
      loadCifar10('test'),
      /test_batch\.bin has 12345 bytes, cut short: .* get it again/,
    );
    await writeFile(file, Buffer.concat([whole, Buffer.alloc(1)]));
    await assert.rejects(loadCifar10('test'), /test_batch\.bin has 30730001 bytes, too many/);
    whole[7 * RECORD] = 10;
    await writeFile(file, whole);
    await assert.rejects(
      loadCifar10('test'),
      /test_batch\.bin, image 7: label 10 is none of the 10 classes/,
    );
    whole[7 * RECORD] = 7;
    await writeFile(file, whole);
  });

  test('may be named by the folder that holds it', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'parent '));
    await symlink(folder, path.join(parent, 'cifar-10-batches-bin'));
    process.env.CIFAR10_DIR = parent;
    assert.equal((await loadCifar10('test', 3)).length, 3);
    process.env.CIFAR10_DIR = folder;
    await rm(parent, { recursive: true });
  });

  test('that is none is refused, naming CIFAR10_DIR and what is wrong', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    process.env.CIFAR10_DIR = elsewhere;
    await assert.rejects(loadCifar10('test'), /CIFAR10_DIR is .*elsewhere does not exist\. Let/);
    await assert.rejects(loadDataset({ name: 'auto', split: 'test' }), /elsewhere does not exist/);
    await mkdir(elsewhere);
    await writeFile(path.join(elsewhere, 'test_batch.bin'), '');
    await assert.rejects(
      loadCifar10('test'),
      /elsewhere lacks data_batch_1\.bin, .*5\.bin\. Let it/,
    );
    process.env.CIFAR10_DIR = folder;
  });

  test('whose classes have other names is another data set', async () => {
    const file = path.join(folder, 'batches.meta.txt');
    const names = [...(await loadCifar10('test', 1)).classNames];
    // The official file ends with an empty line.
    await writeFile(file, [...names, '', ''].join('\n'));
    assert.match((await loadCifar10('test', 1)).name, /^CIFAR-10 \(not the published images\)$/);
    await writeFile(file, ['disc', ...names.slice(1)].join('\n'));
    await assert.rejects(
      loadCifar10('test', 1),
      /batches\.meta\.txt names the classes disc, automobile, .* another data set/,
    );
    await rm(file);
  });

  test('is what auto takes', async () => {
    assert.equal((await loadDataset({ name: 'auto', split: 'test', samples: 2 })).id, 'cifar10');
  });
});
