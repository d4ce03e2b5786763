import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';

test('where a file cannot grow any further, as on a full disk, the older file stays whole', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'full disk '));
  const file = path.join(folder, 'weights');
  writeFileSync(file, 'older');
  const script = `require('../../lib/dist/files').writeWhole(process.argv[1], Buffer.alloc(1e6)).then(() => process.exit(0), (error) => { console.log(error.message); process.exit(3); })`;
  // 16 blocks of 512 bytes or 1 KiB; the signal that the limit sends is left out of account.
  const { status, stdout } = spawnSync(
    'sh',
    ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'sh', process.execPath, '-e', script, file],
    { encoding: 'utf8', cwd: __dirname },
  );
  assert.equal(status, 3, stdout);
  assert.match(stdout, /weights could not be written: EFBIG.*See that there is room/);
  assert.equal(readFileSync(file, 'utf8'), 'older');
  assert.deepEqual(readdirSync(folder), ['weights']);
  rmSync(folder, { recursive: true });
});
