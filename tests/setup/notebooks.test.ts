import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { PATHS } from '../../lib/setup/paths.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'an empty notebook '));
after(() => {
  rmSync(folder, { recursive: true });
});

/** Executes a notebook without cells. */
function execute(output: string) {
  const notebook = path.join(folder, 'empty.ipynb');
  writeFileSync(
    notebook,
    JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
  );
  return spawnSync(
    PATHS.python,
    [PATHS.runNotebooks, '--output', output, '--logs', folder, notebook],
    { encoding: 'utf8', env: projectEnvironment() },
  );
}

test('a folder that cannot be made is named, in one sentence with the cause', () => {
  const output = path.join(folder, 'empty.ipynb', 'output');
  const { status, stderr } = execute(output);
  assert.equal(status, 1);
  assert.equal(stderr, `\n${output}: Not a directory. npm run doctor shows what is missing.\n`);
});

const FULL = '/dev/full';
test(
  'a full disk is named with the file, and leaves no part of it',
  { skip: !existsSync(FULL) },
  () => {
    const output = path.join(folder, 'output');
    mkdirSync(output);
    // Where the notebook is written before it gets its name.
    symlinkSync(FULL, path.join(output, '.empty.ipynb'));
    const { status, stderr } = execute(output);
    assert.equal(status, 1);
    const file = path.join(output, 'empty.ipynb');
    assert.ok(
      stderr.endsWith(`\n${file}: No space left on device. The disk is full: free some space.\n`),
      stderr,
    );
    assert.doesNotMatch(stderr, /Traceback/);
    assert.equal(existsSync(path.join(output, '.empty.ipynb')), false);
  },
);
