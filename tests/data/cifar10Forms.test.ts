import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { loadCifar10, loadDataset } from 'googlenet/data';
import { create } from 'tar';
import { cifar10Places, lookIn } from '../../lib/data/cifar10/find';
import { findCifar10 } from '../../lib/data/cifar10/load';
import { unpickle } from '../../lib/data/cifar10/pickle';

const FIXTURES = path.join(__dirname, 'cifar10');
const BATCHES = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5'];
const NAMES = [...BATCHES, 'test_batch'];
const PARQUET = ['train-00000-of-00001.parquet', 'test-00000-of-00001.parquet'];

/** A batch of the binary version, as make_cifar10_fixtures.py describes it. */
function binaryBatch(number: number): Buffer {
  const bytes = Buffer.alloc(10_000 * 3073, number);
  for (let image = 0; image < 10_000; image++) {
    const record = image * 3073;
    bytes[record] = (image + number) % 10;
    if (image >= 4) continue;
    for (let byte = 0; byte < 3072; byte++) {
      bytes[record + 1 + byte] = (7 * byte + 31 * image + number) % 256;
    }
  }
  return bytes;
}

const sha1 = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex');
const pickle = async (name = 'data_batch_1.gz') =>
  gunzipSync(await readFile(path.join(FIXTURES, name)));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'forms '));
  process.env.CIFAR10_DIR = folder;
});
afterEach(async () => {
  delete process.env.CIFAR10_DIR;
  await rm(folder, { recursive: true });
});

/** Writes the same batch under every name of the Python version. */
async function writePythonVersion(directory: string, bytes: Buffer): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of NAMES) await writeFile(path.join(directory, name), bytes);
}

async function copyParquet(directory: string, names = PARQUET): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [index, name] of names.entries()) {
    await copyFile(path.join(FIXTURES, name), path.join(directory, PARQUET[index] ?? ''));
  }
}

/** The images of a whole batch as the library gives them, from the bytes of the binary version. */
async function fromBinary(number: number) {
  const directory = await mkdtemp(path.join(tmpdir(), 'binary '));
  for (const name of NAMES) {
    await writeFile(path.join(directory, `${name}.bin`), binaryBatch(number));
  }
  process.env.CIFAR10_DIR = directory;
  const dataset = await loadCifar10('test');
  process.env.CIFAR10_DIR = folder;
  await rm(directory, { recursive: true });
  return dataset;
}

describe('the Python version', () => {
  test('gives the bytes of the binary version, row-major or column-major', async () => {
    const expected = await fromBinary(1);
    for (const fixture of ['data_batch_1.gz', 'column_major.gz']) {
      await writePythonVersion(path.join(folder, 'cifar-10-batches-py'), await pickle(fixture));
      const { images, labels } = await loadCifar10('test');
      assert.ok(Buffer.from(images).equals(expected.images), `${fixture}: images differ`);
      assert.ok(Buffer.from(labels).equals(expected.labels), `${fixture}: labels differ`);
    }
  });

  test('is read packed, under every name that libraries give it, or as the file itself', async () => {
    const expected = await fromBinary(1);
    await writePythonVersion(path.join(folder, 'source', 'cifar-10-batches-py'), await pickle());
    let file = path.join(folder, 'cifar-10-python.tar.gz');
    const gzip = { level: 1 };
    await create({ gzip, cwd: path.join(folder, 'source'), file }, ['cifar-10-batches-py']);
    for (const name of [
      'cifar-10-python.tar.gz',
      'cifar-10-batches-py.tar.gz',
      'cifar-10-batches-py_archive',
      'cifar-10-batches-py-target_archive',
    ]) {
      await rename(file, path.join(folder, name));
      file = path.join(folder, name);
      assert.deepEqual(
        lookIn(folder).forms.map((form) => form.location),
        [file],
      );
    }
    process.env.CIFAR10_DIR = file;
    const { images } = await loadCifar10('train', 10_001);
    assert.ok(Buffer.from(images).subarray(0, expected.images.length).equals(expected.images));
  });

  test('cut short, packed or not, names the file and what to do', async () => {
    await writePythonVersion(folder, (await pickle()).subarray(0, 1_000_000));
    await assert.rejects(loadCifar10('test'), /test_batch: the pickle is cut short\. Take .* file/);
    await writePythonVersion(path.join(folder, 'source'), await pickle());
    const file = path.join(folder, 'source', 'cifar-10-python.tar.gz');
    await create({ gzip: { level: 1 }, cwd: path.join(folder, 'source'), file }, NAMES);
    process.env.CIFAR10_DIR = file;
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length / 2));
    await assert.rejects(
      loadCifar10('test'),
      /python\.tar\.gz is cut short or damaged .*Delete it/,
    );
    await writeFile(file, 'no archive');
    await assert.rejects(
      loadCifar10('test'),
      /python\.tar\.gz is cut short or damaged .*Delete it/,
    );
  });

  test('of other shapes, types or classes is refused with the file and the reason', async () => {
    for (const [fixture, reason] of [
      ['short', /test_batch: it does not have 10000 labels from 0 to 9/],
      ['floats', /test_batch: its images are no array of 10000×3072 bytes \(uint8\)/],
      ['cifar100', /test_batch: it holds CIFAR-100, another data set/],
    ] as const) {
      await writePythonVersion(folder, await readFile(path.join(FIXTURES, fixture)));
      await assert.rejects(loadCifar10('test'), reason);
    }
  });
});

describe('the reader of pickles', () => {
  const read = (text: string) => unpickle(Buffer.from(text, 'latin1'));

  test('runs nothing: other names and other opcodes are refused by name', () => {
    const proof = path.join(folder, 'proof');
    const command = `touch "${proof}"`;
    const call = `U${String.fromCharCode(command.length)}${command}\x85R.`;
    for (const module of ['os', 'posix', 'nt']) {
      assert.throws(() => read(`\x80\x02c${module}\nsystem\n${call}`), /asks for \w+\.system/);
    }
    assert.throws(() => read('cbuiltins\neval\n.'), /asks for builtins\.eval/);
    assert.throws(() => read('\x80\x02(S"a"\nios\nsystem\n.'), /the opcode STRING at byte 3/);
    assert.throws(() => read(`(ios\nsystem\n.`), /the opcode INST at byte 1/);
    assert.throws(() => read('\x80\x04\x95'), /the opcode FRAME at byte 2/);
    assert.throws(() => read('\x80\x04\x93'), /the opcode STACK_GLOBAL/);
    assert.throws(() => read('\x81'), /the opcode NEWOBJ/);
    assert.throws(() => read('\x82\x01'), /the opcode EXT1/);
    assert.throws(() => read('P1\n'), /the opcode PERSID/);
    assert.throws(() => read('\xff'), /the opcode 0xff/);
    assert.equal(existsSync(proof), false);
  });

  test('takes nothing that is not there, and ends with the bytes', () => {
    for (const bad of ['.', 'R.', 'e.', 'a.', '}u.', 'h\x05.', 'b.', ']K\x01K\x02s.', '\x85.']) {
      assert.throws(() => read(bad), /the pickle (takes|appends|fills)/, JSON.stringify(bad));
    }
    for (const bad of ['', '\x80', 'U\x05abc', 'T\xff\xff\xff\xffabc', 'cnumpy\ndtype', 'K']) {
      assert.throws(() => read(bad), /the pickle is cut short/, JSON.stringify(bad));
    }
  });

  test('makes no object of a key', () => {
    const value = read('}U\x09__proto__K\x01s.');
    assert.ok(value instanceof Map);
    assert.equal(value.get('__proto__'), 1);
    assert.equal(Object.getPrototypeOf(value), Map.prototype);
  });
});

describe("Hugging Face's Parquet files", () => {
  test('give the bytes of the binary version', async () => {
    await copyParquet(path.join(folder, 'plain_text'));
    const expected = await fromBinary(6);
    const { images, labels } = await loadCifar10('test');
    assert.ok(Buffer.from(images).equals(expected.images), 'images differ');
    assert.ok(Buffer.from(labels).equals(expected.labels), 'labels differ');
  });

  test('are put from the order of their rows into that of the batches', async () => {
    await copyParquet(folder);
    const { images, labels } = await loadCifar10('train', 10_005);
    for (const [batch, start] of [0, 10_000].entries()) {
      assert.equal(labels[start], (batch + 1) % 10);
      // The fifth image of a batch is of one colour, its number.
      const image = images.subarray((start + 4) * 3072, (start + 5) * 3072);
      assert.ok(image.every((byte) => byte === batch + 1));
    }
  });

  test('without a column, with too few rows, of CIFAR-100, or cut short are refused by name', async () => {
    for (const [fixture, reason] of [
      ['unlabelled.parquet', /test-00000-of-00001\.parquet: it has no column label\. Take/],
      ['few.parquet', /it has 5 images, not 10000/],
      ['cifar100.parquet', /it holds CIFAR-100, another data set/],
    ] as const) {
      await copyParquet(folder, [PARQUET[0] ?? '', fixture]);
      await assert.rejects(loadCifar10('test'), reason);
    }
    const file = path.join(folder, PARQUET[1] ?? '');
    const whole = await readFile(path.join(FIXTURES, PARQUET[1] ?? ''));
    await writeFile(file, whole.subarray(0, 30_000));
    await assert.rejects(loadCifar10('test'), /test-00000-of-00001\.parquet: .*Take the file of/);
    // Whole at its end, where Parquet keeps its table of contents, but damaged within.
    await writeFile(file, Buffer.concat([Buffer.alloc(30_000), whole.subarray(30_000)]));
    await assert.rejects(loadCifar10('test'), /test-00000-of-00001\.parquet: .*Take the file of/);
  });
});

describe('where CIFAR-10 is looked for', () => {
  const batches = NAMES.map((_, index) => binaryBatch(index + 1));
  const published = Object.fromEntries(
    NAMES.map((name, index) => [`${name}.bin`, sha1(batches[index] as Buffer)]),
  );
  const write = async (directory: string) => {
    await mkdir(directory, { recursive: true });
    for (const [index, name] of NAMES.entries()) {
      await writeFile(path.join(directory, `${name}.bin`), batches[index] as Buffer);
    }
  };
  let warnings: string[];
  const { warn } = console;
  before(() => {
    console.warn = (text: string) => warnings.push(text);
  });
  after(() => {
    console.warn = warn;
  });
  beforeEach(() => {
    warnings = [];
    delete process.env.CIFAR10_DIR;
  });
  const find = (places: readonly (readonly [string, boolean])[], known = published) =>
    findCifar10(
      'test',
      undefined,
      places.map(([name, dedicated]) => ({ folder: path.join(folder, name), dedicated })),
      known,
    );

  test('the published images go by the name of the data set, others by another', async () => {
    await write(path.join(folder, 'a'));
    assert.equal((await find([['a', true]]))?.name, 'CIFAR-10');
    const other = { ...published, 'test_batch.bin': sha1(Buffer.alloc(1)) };
    assert.equal((await find([['a', true]], other))?.name, 'CIFAR-10 (not the published images)');
  });

  test('in a place that is not there for it only the published images are taken', async () => {
    await write(path.join(folder, 'a'));
    assert.equal((await find([['a', false]]))?.name, 'CIFAR-10');
    assert.equal(await find([['a', false]], {}), undefined);
    assert.match(warnings.join(), /the images of .*a are not the published ones; passed over/);
  });

  test('there a damaged copy is passed over for the next, and named if there is none', async () => {
    await writePythonVersion(path.join(folder, 'a'), Buffer.from('damaged'));
    await write(path.join(folder, 'b', 'cifar-10-batches-bin'));
    assert.equal(
      (
        await find([
          ['a', false],
          ['b', false],
        ])
      )?.length,
      10_000,
    );
    assert.deepEqual(warnings, []);
    assert.equal(
      await find([
        ['a', false],
        ['nowhere', false],
      ]),
      undefined,
    );
    assert.match(warnings.join(), /test_batch: the pickle has the opcode .*; passed over/);
  });

  test('half a copy and CIFAR-100 are named as what they are', async () => {
    await write(path.join(folder, 'half'));
    await rm(path.join(folder, 'half', 'data_batch_3.bin'));
    await mkdir(path.join(folder, 'hundred', 'cifar-100-python'), { recursive: true });
    assert.equal(
      await find([
        ['half', false],
        ['hundred', true],
      ]),
      undefined,
    );
    assert.match(warnings[0] ?? '', /half lacks data_batch_3\.bin; passed over/);
    assert.match(warnings[1] ?? '', /hundred holds CIFAR-100, another data set; passed over/);
    for (const [name, reason] of [
      ['half', /CIFAR10_DIR is .*half, but .*half lacks data_batch_3\.bin\. Let it/],
      ['hundred', /CIFAR10_DIR is .*hundred, but .*hundred holds CIFAR-100/],
    ] as const) {
      process.env.CIFAR10_DIR = path.join(folder, name);
      await assert.rejects(loadDataset({ name: 'auto', split: 'test' }), reason);
    }
  });

  test('CIFAR10_DIR is the only place when it is set; else those of Keras and Hugging Face count', async () => {
    const snapshot = path.join(folder, 'hf/hub/datasets--uoft-cs--cifar10/snapshots/0b27149');
    await mkdir(snapshot, { recursive: true });
    const names = ['HF_HOME', 'HF_HUB_CACHE', 'KERAS_HOME', 'HOME', 'XDG_CACHE_HOME'] as const;
    const saved = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) Reflect.deleteProperty(process.env, name);
    try {
      Object.assign(process.env, { HOME: folder, HF_HOME: path.join(folder, 'hf') });
      const folders = cifar10Places().map((place) => path.relative(folder, place.folder));
      assert.ok(folders.includes('.keras/datasets'));
      assert.ok(folders.includes('hf/hub/datasets--uoft-cs--cifar10/snapshots/0b27149'));
      assert.ok(folders.includes('data'));
      process.env.KERAS_HOME = path.join(folder, 'keras');
      assert.ok(
        cifar10Places().some((place) => place.folder === path.join(folder, 'keras/datasets')),
      );
      process.env.CIFAR10_DIR = folder;
      assert.deepEqual(cifar10Places(), [{ folder, dedicated: true }]);
    } finally {
      for (const [name, value] of saved) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });

  test("Keras's folders are found, whichever its version made", async () => {
    for (const made of [
      'cifar-10-batches-py',
      'cifar-10-batches-py/cifar-10-batches-py',
      'cifar-10-batches-py-target/cifar-10-batches-py',
    ]) {
      await writePythonVersion(path.join(folder, 'datasets', made), await pickle());
      assert.equal((await find([['datasets', true]]))?.length, 10_000);
      await rm(path.join(folder, 'datasets'), { recursive: true });
    }
  });
});
