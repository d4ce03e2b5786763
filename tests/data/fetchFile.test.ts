import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { BrokenOff, fetchFile } from '../../lib/data/fetchFile';
import { cut, serve, stall, startServer, type FileServer } from './fileServer';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const PUBLISHED = {
  name: 'images.tar.gz',
  bytes: CONTENT.length,
  algorithm: 'md5',
  checksum: createHash('md5').update(CONTENT).digest('hex'),
} as const;
/** No test waits for it. */
const PATIENT = { bytes: 1, time: 600_000 };

describe('fetchFile', () => {
  let server: FileServer;
  let folder: string;
  let target: string;
  before(async () => {
    server = await startServer();
  });
  after(() => {
    server.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fetch '));
    target = path.join(folder, PUBLISHED.name);
    server.requests = [];
    server.respond = serve(CONTENT);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const fetchIt = (pace = PATIENT, url = `${server.base}${PUBLISHED.name}`) =>
    fetchFile(url, PUBLISHED, target, pace, () => undefined);
  const assertWhole = async () => {
    assert.ok(CONTENT.equals(await readFile(target)), 'the file differs');
  };

  test('brings the file, tells its progress, and asks for nothing that is there', async () => {
    const steps: number[] = [];
    await fetchFile(`${server.base}a`, PUBLISHED, target, PATIENT, (done, total) => {
      assert.equal(total, CONTENT.length);
      steps.push(done);
    });
    assert.equal(steps.at(-1), CONTENT.length);
    await assertWhole();
    await fetchIt();
    assert.equal(server.requests.length, 1);
  });

  test('that breaks off or stalls says so and goes on from there', async () => {
    server.respond = cut(CONTENT, 100_000);
    await assert.rejects(fetchIt(), (error) => {
      assert.ok(error instanceof BrokenOff);
      assert.match(error.message, /broke off after 100000 of 300000 bytes/);
      return true;
    });
    server.respond = stall(CONTENT, 100_000);
    await rm(target);
    await assert.rejects(
      fetchIt({ bytes: 1, time: 1000 }),
      /broke off after 100000 of 300000 bytes \(0 bytes came in 1 seconds\)/,
    );
    server.respond = serve(CONTENT);
    await fetchIt();
    assert.equal(server.requests.at(-1)?.headers.range, 'bytes=100000-');
    await assertWhole();
  });

  test('is given up when less comes than the pace demands, or no answer at all', async () => {
    server.respond = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      const drip = setInterval(() => response.write(Buffer.alloc(10)), 20);
      response.on('close', () => {
        clearInterval(drip);
      });
    };
    await assert.rejects(fetchIt({ bytes: 1e6, time: 300 }), /broke off .* came in 0\.3 seconds/);
    server.respond = () => undefined;
    await rm(target);
    await assert.rejects(
      fetchIt({ bytes: 1, time: 300 }),
      /broke off after 0 of .* \(0 bytes came/,
    );
  });

  test('follows a redirect, and gives up a ring of them', async () => {
    server.respond = (request, response) => {
      if (request.url === '/here') serve(CONTENT)(request, response);
      else response.writeHead(302, { location: '/here' }).end();
    };
    await fetchIt();
    await assertWhole();
    await rm(target);
    server.respond = (_, response) => response.writeHead(302, { location: '/round' }).end();
    await assert.rejects(fetchIt(), /cannot be reached \(redirect count exceeded\)/);
  });

  test('from a server without ranges begins anew', async () => {
    server.respond = (_, response) => response.writeHead(200).end(CONTENT);
    await writeFile(target, CONTENT.subarray(0, 5000));
    await fetchIt();
    await assertWhole();
  });

  test('with another checksum is deleted', async () => {
    server.respond = (_, response) => response.writeHead(200).end(Buffer.alloc(CONTENT.length));
    await assert.rejects(
      fetchIt(),
      /has the md5 checksum [0-9a-f]{32}, not the published [0-9a-f]{32}; it was deleted/,
    );
    assert.equal(existsSync(target), false);
  });

  test('that the server refuses, or no server at all, is told with the address', async () => {
    server.respond = (_, response) => response.writeHead(503).end();
    await assert.rejects(fetchIt(), /images\.tar\.gz answered 503/);
    const nobody = 'http://127.0.0.1:9/images.tar.gz';
    await assert.rejects(fetchIt(PATIENT, nobody), /127\.0\.0\.1:9.* cannot be reached/);
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
    try {
      await assert.rejects(
        fetchIt(PATIENT, nobody),
        /cannot be reached .*A proxy is set.*NODE_USE_ENV_PROXY=1/,
      );
    } finally {
      delete process.env.HTTPS_PROXY;
    }
  });

  test('that left more behind than there is, or other bytes, begins anew by itself', async () => {
    for (const size of [CONTENT.length + 1, CONTENT.length, 9]) {
      await writeFile(target, Buffer.alloc(size, 1));
      await fetchIt();
      assert.equal(server.requests.at(-1)?.headers.range, undefined);
      await assertWhole();
    }
  });

  test('of a file that has become another on the server begins anew', async () => {
    for (const answer of [
      { status: 416, headers: {} },
      { status: 206, headers: { 'content-range': 'bytes 9-19/20' } },
      { status: 206, headers: { 'content-range': 'bytes 0-299999/300000' } },
      { status: 206, headers: {} },
    ]) {
      server.requests = [];
      server.respond = (request, response) => {
        if (request.headers.range === undefined) serve(CONTENT)(request, response);
        else response.writeHead(answer.status, answer.headers).end();
      };
      await writeFile(target, CONTENT.subarray(0, 9));
      await fetchIt();
      assert.equal(server.requests.length, 2);
      await assertWhole();
    }
  });

  test('keeps what has come when a file of another size is sent, as by the page of a hotel', async () => {
    server.respond = (_, response) => response.end('<html>Please log in');
    await writeFile(target, CONTENT.subarray(0, 5000));
    await assert.rejects(fetchIt(), /sends 19 bytes, not the published 300000: it is another file/);
    server.respond = serve(CONTENT);
    await fetchIt();
    assert.equal(server.requests.at(-1)?.headers.range, 'bytes=5000-');
    await assertWhole();
  });

  test('that ends too soon without an error of the connection is broken off too', async () => {
    server.respond = (_, response) => {
      const headers = { 'transfer-encoding': 'chunked' };
      response.writeHead(200, headers).end(CONTENT.subarray(0, 5000));
    };
    await assert.rejects(fetchIt(), /broke off after 5000 of 300000 bytes \(the server ended it\)/);
    await rm(target);
    server.respond = (_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(Buffer.concat([CONTENT, CONTENT]));
    };
    await assert.rejects(fetchIt(), /broke off .* \(more came than the file has\)/);
  });

  test(
    'on a full disk gives the error of the system',
    { skip: !existsSync('/dev/full') },
    async () => {
      await symlink('/dev/full', target);
      await assert.rejects(fetchIt(), { code: 'ENOSPC' });
    },
  );
});
