import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { create } from 'tar';
import { downloadCifar10 } from '../../lib/data/cifar10/download';
import { archive } from '../../lib/data/cifar10/archive';
import { cifar10Sources, type Source } from '../../lib/data/cifar10/sources';
import { cut, serve, stall, startServer, type FileServer } from './fileServer';

const FILES = [...[1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`), 'test_batch.bin'];
const PACES = [
  { bytes: 1, time: 1000 },
  { bytes: 1, time: 20_000 },
];

const contents = FILES.map((_, batch) => {
  const bytes = Buffer.alloc(10_000 * 3073, batch);
  for (let image = 0; image < 10_000; image++) bytes[image * 3073] = image % 10;
  return bytes;
});
const published = Object.fromEntries(
  FILES.map((file, index) => [
    file,
    createHash('sha1')
      .update(contents[index] as Buffer)
      .digest('hex'),
  ]),
);
const publish = (name: string, bytes: Buffer) => ({
  name,
  bytes: bytes.length,
  algorithm: 'sha256' as const,
  checksum: createHash('sha256').update(bytes).digest('hex'),
});

describe('the download', () => {
  let folder: string;
  let directory: string;
  let packed: Buffer;
  let servers: FileServer[];
  let warnings: string[];
  const { warn } = console;
  before(async () => {
    console.warn = (text: string) => warnings.push(text);
    folder = await mkdtemp(path.join(tmpdir(), 'download '));
    const source = path.join(folder, 'source', 'cifar-10-batches-bin');
    await mkdir(source, { recursive: true });
    for (const [index, file] of FILES.entries()) {
      await writeFile(path.join(source, file), contents[index] as Buffer);
    }
    packed = await pack(path.join(folder, 'source'), ['cifar-10-batches-bin']);
    servers = await Promise.all([startServer(), startServer()]);
  });
  after(async () => {
    console.warn = warn;
    for (const server of servers) server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    warnings = [];
    directory = await mkdtemp(path.join(folder, 'data '));
    for (const server of servers) server.requests = [];
  });
  afterEach(() => rm(directory, { recursive: true }));

  const pack = async (cwd: string, names: string[]) => {
    const file = path.join(folder, 'packed.tar.gz');
    await create({ gzip: { level: 1 }, cwd, file }, names);
    return readFile(file);
  };
  const archiveAt = (server: FileServer, bytes: Buffer): Source => ({
    base: server.base,
    files: [publish('cifar-10-binary.tar.gz', bytes)],
    form: (downloads) => archive(path.join(downloads, 'cifar-10-binary.tar.gz')),
    official: true,
  });
  const download = (sources: Source[]) =>
    downloadCifar10(() => undefined, { sources, directory, published, paces: PACES });
  const both = () => servers.map((server) => archiveAt(server, packed));
  const [first, second] = [() => servers[0] as FileServer, () => servers[1] as FileServer];
  const target = () => path.join(directory, 'cifar-10-batches-bin');
  const assertWhole = async () => {
    for (const [index, file] of FILES.entries()) {
      const bytes = await readFile(path.join(target(), file));
      assert.ok(bytes.equals(contents[index] as Buffer), `${file} differs`);
    }
    assert.deepEqual(readdirSync(directory), ['cifar-10-batches-bin'], 'something is left over');
  };

  test('by two at once is done once, and keeps what else is in the folder', async () => {
    first().respond = serve(packed);
    await mkdir(target());
    await writeFile(path.join(target(), 'own notes.txt'), 'mine');
    // Of one that was killed.
    await mkdir(path.join(directory, 'cifar-10-batches-bin.making'));
    await Promise.all([download(both()), download(both())]);
    assert.equal(first().requests.length, 1);
    assert.equal(second().requests.length, 0);
    await assertWhole();
    assert.equal(await readFile(path.join(target(), 'own notes.txt'), 'utf8'), 'mine');
  });

  test('goes on at the next address from what a stalled one has sent', async () => {
    first().respond = stall(packed, 100_000);
    second().respond = serve(packed);
    await download(both());
    assert.equal(second().requests[0]?.headers.range, 'bytes=100000-');
    assert.match(warnings.join(), /broke off after 100000 of .*0 bytes came in 1 seconds/);
    await assertWhole();
  });

  test('leaves servers that lie or are gone for the next', async () => {
    first().respond = (_, response) => response.end(Buffer.alloc(packed.length));
    second().respond = serve(packed);
    await download([{ ...archiveAt(first(), packed), base: 'http://127.0.0.1:9/' }, ...both()]);
    assert.match(warnings[0] ?? '', /127\.0\.0\.1:9.* cannot be reached/);
    assert.match(warnings[1] ?? '', /has the sha256 checksum .* it was deleted/);
    await assertWhole();
  });

  test('comes back to a slow server when there is no other, and does not to one that lied', async () => {
    let answers = 0;
    first().respond = (request, response) => {
      if (answers++ === 0) stall(packed, 1000)(request, response);
      else serve(packed)(request, response);
    };
    second().respond = (_, response) => response.end('<html>Please log in');
    await download(both());
    assert.equal(first().requests.length, 2);
    assert.equal(second().requests.length, 1);
    await assertWhole();
  });

  test('that nobody gives names every address, what is wrong and what to do, and keeps what has come', async () => {
    first().respond = cut(packed, 1000);
    second().respond = (_, response) => response.writeHead(503).end();
    await assert.rejects(
      download(both()),
      /could not be downloaded: .* broke off after 1000 .*; .* answered 503 .*\. Check the network .*CIFAR10_URL .*CIFAR10_DIR/,
    );
    assert.equal(existsSync(target()), false);
    second().respond = serve(packed);
    await download([archiveAt(second(), packed)]);
    assert.equal(second().requests.at(-1)?.headers.range, 'bytes=1000-');
    await assertWhole();
  });

  test('of other files than the official ones is checked by the images', async () => {
    first().respond = serve(packed);
    const source = { ...archiveAt(first(), packed), official: false };
    const settings = { sources: [source], directory, paces: PACES };
    await assert.rejects(
      downloadCifar10(() => undefined, { ...settings, published: {} }),
      /the images from .* are not the published ones/,
    );
    assert.equal(existsSync(target()), false);
    await downloadCifar10(() => undefined, { ...settings, published });
    await assertWhole();
  });

  test('of several files tells the progress of all', async () => {
    const parts = { train: Buffer.alloc(300_000, 1), test: Buffer.alloc(200_000, 2) };
    first().respond = (request, response) => {
      serve(request.url === '/train' ? parts.train : parts.test)(request, response);
    };
    const form = (downloads: string) => ({
      location: downloads,
      async read() {
        assert.ok(parts.train.equals(await readFile(path.join(downloads, 'train'))));
        assert.ok(parts.test.equals(await readFile(path.join(downloads, 'test'))));
        return contents;
      },
    });
    const files = [publish('train', parts.train), publish('test', parts.test)];
    const source = { base: first().base, files, form, official: false };
    const steps: number[] = [];
    await downloadCifar10(
      (done, total) => {
        assert.equal(total, 500_000);
        steps.push(done);
      },
      { sources: [source], directory, published, paces: PACES },
    );
    assert.equal(steps.at(-1), 500_000);
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => a - b),
    );
    await assertWhole();
  });

  test('of an archive with links, with paths that leave the folder, or without the files takes nothing over', async () => {
    const images = path.join(folder, 'linked');
    await mkdir(images);
    await symlink('/etc/hostname', path.join(images, 'data_batch_1.bin'));
    const linked = await pack(images, ['data_batch_1.bin']);
    first().respond = serve(linked);
    const evil = archiveAt(first(), linked);
    await assert.rejects(download([evil]), /does not hold data_batch_1\.bin or data_batch_1\./);
    const outside = path.join(folder, 'outside.tar.gz');
    await writeFile(path.join(images, 'evil.bin'), 'evil');
    const options = { gzip: true, cwd: images, file: outside, preservePaths: true };
    await create({ ...options, prefix: '../..' }, ['evil.bin']);
    const leaving = await readFile(outside);
    first().respond = serve(leaving);
    await assert.rejects(
      download([archiveAt(first(), leaving)]),
      /CIFAR-10 could not be downloaded/,
    );
    assert.equal(existsSync(path.join(directory, 'evil.bin')), false);
    assert.equal(existsSync(path.join(folder, 'evil.bin')), false);
    assert.equal(existsSync(target()), false);
  });

  test('on a full disk says so', { skip: !existsSync('/dev/full') }, async () => {
    first().respond = serve(packed);
    const downloads = path.join(directory, 'cifar-10-download');
    await mkdir(downloads);
    await symlink('/dev/full', path.join(downloads, 'cifar-10-binary.tar.gz'));
    await assert.rejects(download(both()), /no space left for .*download .*data .* Free some/);
  });
});

describe('the sources', () => {
  afterEach(() => {
    delete process.env.CIFAR10_URL;
  });

  test("begin with the authors' server, or the archive that CIFAR10_URL names", () => {
    const addresses = () => cifar10Sources().map(({ base, files }) => `${base}${files[0]?.name}`);
    const [original] = addresses();
    assert.equal(original, 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz');
    process.env.CIFAR10_URL = 'http://localhost/copies/cifar-10-python.tar.gz';
    assert.deepEqual(addresses().slice(0, 2), [process.env.CIFAR10_URL, original]);
  });

  test('refuse a CIFAR10_URL that is none, or of another file', () => {
    for (const bad of ['cifar-10-python.tar.gz', 'http://localhost/', '/cifar-10-python.tar.gz']) {
      process.env.CIFAR10_URL = bad;
      assert.throws(cifar10Sources, /CIFAR10_URL is .*; it must be an address that ends with/);
    }
  });
});
