import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { loadCifar10 } from 'googlenet/data';
import { create } from 'tar';
import { downloadArchive, type Archive } from '../../lib/data/download';

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

  test('that lacks a file is refused, naming CIFAR10_DIR and the file', async () => {
    process.env.CIFAR10_DIR = path.join(folder, 'elsewhere');
    await assert.rejects(
      loadCifar10('test'),
      /CIFAR10_DIR is .*elsewhere, which lacks data_batch_1\.bin/,
    );
    process.env.CIFAR10_DIR = folder;
  });
});

describe('the download', () => {
  const CONTENT = { 'a.bin': Buffer.from('first'), 'b.bin': Buffer.alloc(300_000, 7) };
  const NAMES = Object.keys(CONTENT);
  let folder: string;
  let packed: Buffer;
  let archive: Archive;
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  let requests: IncomingMessage[];
  const server = createServer((request, response) => {
    requests.push(request);
    respond(request, response);
  });

  /** As a web server does: from the byte asked for. */
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200).end(packed.subarray(from));
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'download '));
    await mkdir(path.join(folder, 'source', 'images'), { recursive: true });
    for (const [name, bytes] of Object.entries(CONTENT)) {
      await writeFile(path.join(folder, 'source', 'images', name), bytes);
    }
    await create(
      {
        gzip: { level: 0 },
        cwd: path.join(folder, 'source'),
        file: path.join(folder, 'images.tar.gz'),
      },
      ['images'],
    );
    packed = await readFile(path.join(folder, 'images.tar.gz'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    archive = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/images.tar.gz`,
      md5: createHash('md5').update(packed).digest('hex'),
      bytes: packed.length,
      folder: 'images',
    };
  });
  const target = () => path.join(folder, 'data');
  const fetchIt = () => downloadArchive(archive, target(), NAMES);
  const assertWhole = async () => {
    for (const [name, bytes] of Object.entries(CONTENT)) {
      assert.ok(
        bytes.equals(await readFile(path.join(target(), 'images', name))),
        `${name} differs`,
      );
    }
    assert.deepEqual(readdirSync(target()), ['images'], 'something is left over');
  };
  afterEach(() => rm(target(), { recursive: true, force: true }));
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  test('brings the files, tells its progress, and asks for nothing that is there', async () => {
    [requests, respond] = [[], serve];
    const steps: number[] = [];
    await downloadArchive(archive, target(), NAMES, (done, total) => {
      assert.equal(total, packed.length);
      steps.push(done);
    });
    assert.equal(steps.at(-1), packed.length);
    await assertWhole();
    await fetchIt();
    assert.equal(requests.length, 1);
  });

  test('that breaks off says so and goes on from there', async () => {
    requests = [];
    respond = (_, response) => {
      response.writeHead(200, { 'content-length': packed.length });
      response.write(packed.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    };
    await assert.rejects(fetchIt(), /broke off after 100000 of \d+ bytes .* it goes on from there/);
    respond = serve;
    await fetchIt();
    assert.equal(requests[1]?.headers.range, 'bytes=100000-');
    await assertWhole();
  });

  test('from a server without ranges begins anew', async () => {
    [requests, respond] = [[], (_, response) => response.writeHead(200).end(packed)];
    await mkdir(target(), { recursive: true });
    await writeFile(path.join(target(), 'images.tar.gz.part'), packed.subarray(0, 5000));
    await fetchIt();
    await assertWhole();
  });

  test('with another checksum is deleted, and a good copy is left alone', async () => {
    [requests, respond] = [
      [],
      (_, response) => response.writeHead(200).end(Buffer.alloc(packed.length)),
    ];
    await assert.rejects(
      fetchIt(),
      /has the MD5 checksum [0-9a-f]{32}, not the published [0-9a-f]{32}\. It was deleted/,
    );
    assert.equal(existsSync(path.join(target(), 'images')), false);
    respond = serve;
    await fetchIt();
    await assertWhole();
  });

  test('that the server refuses, or no server at all, is told with the address and the way out', async () => {
    [requests, respond] = [[], (_, response) => response.writeHead(503).end()];
    await assert.rejects(fetchIt(), /answered 503 .*CIFAR10_DIR/);
    const nobody = { ...archive, url: 'http://127.0.0.1:9/images.tar.gz' };
    await assert.rejects(
      downloadArchive(nobody, target(), NAMES),
      /127\.0\.0\.1:9.* cannot be reached .*CIFAR10_DIR/,
    );
  });

  test('by two at once is done once', async () => {
    [requests, respond] = [[], serve];
    await Promise.all([fetchIt(), fetchIt()]);
    assert.equal(requests.length, 1);
    await assertWhole();
  });

  test('of an archive with a path that leaves the folder writes nothing outside', async () => {
    const evil = path.join(folder, 'evil.tar.gz');
    await create(
      {
        gzip: true,
        cwd: path.join(folder, 'source', 'images'),
        file: evil,
        preservePaths: true,
        prefix: '../../images',
      },
      NAMES,
    );
    const bytes = await readFile(evil);
    [requests, respond] = [[], (_, response) => response.writeHead(200).end(bytes)];
    const changed = {
      ...archive,
      bytes: bytes.length,
      md5: createHash('md5').update(bytes).digest('hex'),
    };
    await assert.rejects(downloadArchive(changed, target(), NAMES));
    assert.equal(existsSync(path.join(folder, 'images')), false);
  });
});
