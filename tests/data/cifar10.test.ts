import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { loadCifar10, loadDataset } from 'googlenet/data';
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
    if (from > 0) {
      const range = `bytes ${from}-${packed.length - 1}/${packed.length}`;
      response.writeHead(206, { 'content-range': range });
    }
    response.end(packed.subarray(from));
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
  const part = () => path.join(target(), 'images.tar.gz.part');
  /** What an earlier attempt left behind. */
  const leave = async (bytes: Uint8Array) => {
    await mkdir(target(), { recursive: true });
    await writeFile(part(), bytes);
  };
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
    await leave(packed.subarray(0, 5000));
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
      /127\.0\.0\.1:9.* cannot be reached .*Check the network.*CIFAR10_DIR/,
    );
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
    try {
      await assert.rejects(
        downloadArchive(nobody, target(), NAMES),
        /cannot be reached .*A proxy is set.*NODE_USE_ENV_PROXY=1.*CIFAR10_DIR/,
      );
    } finally {
      delete process.env.HTTPS_PROXY;
    }
  });

  test('that left more behind than there is, or other bytes, begins anew by itself', async () => {
    for (const left of [
      Buffer.alloc(packed.length + 1),
      Buffer.alloc(packed.length),
      Buffer.alloc(9),
    ]) {
      [requests, respond] = [[], serve];
      await leave(left);
      await fetchIt();
      assert.equal(requests.at(-1)?.headers.range, undefined);
      await assertWhole();
      await rm(target(), { recursive: true });
    }
  });

  test('of a file that has become another on the server begins anew', async () => {
    for (const answer of [
      { status: 416, headers: {} },
      { status: 206, headers: { 'content-range': 'bytes 9-19/20' } },
      {
        status: 206,
        headers: { 'content-range': `bytes 0-${packed.length - 1}/${packed.length}` },
      },
      { status: 206, headers: {} },
    ]) {
      requests = [];
      respond = (request, response) => {
        if (request.headers.range === undefined) serve(request, response);
        else response.writeHead(answer.status, answer.headers).end();
      };
      await leave(packed.subarray(0, 9));
      await fetchIt();
      assert.equal(requests.length, 2);
      await assertWhole();
      await rm(target(), { recursive: true });
    }
  });

  test('keeps what has come when a file of another size is sent, as by the page of a hotel', async () => {
    [requests, respond] = [[], (_, response) => response.end('<html>Please log in')];
    await leave(packed.subarray(0, 5000));
    await assert.rejects(fetchIt(), /sends 19 bytes, not the published \d+: .*another network/);
    respond = serve;
    await fetchIt();
    assert.equal(requests.at(-1)?.headers.range, 'bytes=5000-');
    await assertWhole();
  });

  test('that ends too soon without an error of the connection is broken off too', async () => {
    respond = (_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(packed.subarray(0, 5000));
    };
    await assert.rejects(fetchIt(), /broke off after 5000 of \d+ bytes/);
    respond = (_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(Buffer.concat([packed, packed]));
    };
    await assert.rejects(fetchIt(), /broke off .* \(more came than the archive has\)/);
    respond = serve;
    await fetchIt();
    await assertWhole();
  });

  test('on a full disk says so', { skip: !existsSync('/dev/full') }, async () => {
    [requests, respond] = [[], serve];
    await mkdir(target(), { recursive: true });
    await symlink('/dev/full', part());
    await assert.rejects(fetchIt(), /no space left for .*download .*data.* Free some/);
  });

  test('goes on after one that was killed while it unpacked, and keeps what else is in the folder', async () => {
    [requests, respond] = [[], serve];
    await leave(packed);
    const images = path.join(target(), 'images');
    await mkdir(path.join(target(), 'images.unpacking', 'images'), { recursive: true });
    await writeFile(path.join(target(), 'images.unpacking', 'images', 'a.bin'), 'fir');
    await mkdir(images);
    await writeFile(path.join(images, 'own notes.txt'), 'mine');
    await fetchIt();
    assert.equal(requests.length, 0);
    await assertWhole();
    assert.equal(await readFile(path.join(images, 'own notes.txt'), 'utf8'), 'mine');
  });

  test('by two at once is done once', async () => {
    [requests, respond] = [[], serve];
    await Promise.all([fetchIt(), fetchIt()]);
    assert.equal(requests.length, 1);
    await assertWhole();
  });

  /** Lets the server send another archive, whose checksum is as it should be. */
  const serveArchive = async (file: string): Promise<Archive> => {
    const bytes = await readFile(file);
    [requests, respond] = [[], (_, response) => response.end(bytes)];
    const checksum = createHash('md5').update(bytes).digest('hex');
    return { ...archive, bytes: bytes.length, md5: checksum };
  };

  test('of an archive with a path that leaves the folder writes nothing outside', async () => {
    const file = path.join(folder, 'evil.tar.gz');
    const cwd = path.join(folder, 'source', 'images');
    await create({ gzip: true, cwd, file, preservePaths: true, prefix: '../../images' }, NAMES);
    await assert.rejects(downloadArchive(await serveArchive(file), target(), NAMES), /\.\./);
    assert.equal(existsSync(path.join(folder, 'images')), false);
    assert.equal(existsSync(path.join(target(), 'images')), false);
  });

  test('of an archive with a link takes nothing over', async () => {
    const file = path.join(folder, 'link.tar.gz');
    const cwd = path.join(folder, 'linked');
    await mkdir(path.join(cwd, 'images'), { recursive: true });
    await writeFile(path.join(cwd, 'images', 'a.bin'), 'first');
    await symlink('/etc/hostname', path.join(cwd, 'images', 'b.bin'));
    await create({ gzip: true, cwd, file }, ['images']);
    await assert.rejects(
      downloadArchive(await serveArchive(file), target(), NAMES),
      /holds images\/b\.bin, neither file nor folder/,
    );
    assert.equal(existsSync(path.join(target(), 'images')), false);
  });

  test('of an archive without the files says which are missing', async () => {
    const file = path.join(folder, 'other.tar.gz');
    await create({ gzip: true, cwd: path.join(folder, 'source'), file }, ['images/a.bin']);
    const other = await serveArchive(file);
    await assert.rejects(downloadArchive(other, target(), NAMES), /did not hold a\.bin, b\.bin/);
  });
});
