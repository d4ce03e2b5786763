import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectEnvironment } from '../../lib/setup/environment.mjs';
import { PATHS } from '../../lib/setup/paths.mjs';
import type { Notebook } from './expectations.js';

/** A code cell that an earlier run has left `stale` below. */
function cell(id: string, source: string) {
  const stale = { output_type: 'stream', name: 'stdout', text: `stale ${id}` };
  return { cell_type: 'code', id, source, metadata: {}, execution_count: 7, outputs: [stale] };
}

describe('a notebook with a cell that fails', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'failing notebook '));
  let result: ReturnType<typeof spawnSync>;
  before(() => {
    const file = path.join(folder, 'failing.ipynb');
    const cells = [
      cell('first', "console.log('fresh')"),
      cell('second', "throw new Error('a wrong number')"),
      cell('third', "console.log('never')"),
    ];
    writeFileSync(file, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    result = spawnSync(
      PATHS.python,
      [PATHS.runNotebooks, '--output', path.join(folder, 'output'), '--logs', folder, file],
      { encoding: 'utf8', env: projectEnvironment() },
    );
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test('ends the program with exit code 1, naming notebook, cell and error', () => {
    assert.equal(result.status, 1);
    assert.match(String(result.stdout), /^failing +3 +\d+ +cell 2 failed: .*a wrong number$/m);
  });

  test('is written without what an earlier run showed', () => {
    const written = readFileSync(path.join(folder, 'output', 'failing.ipynb'), 'utf8');
    const { cells } = JSON.parse(written) as Notebook;
    assert.doesNotMatch(written, /stale/);
    assert.match(JSON.stringify(cells[0]?.outputs), /fresh/);
    assert.match(JSON.stringify(cells[1]?.outputs), /a wrong number/);
    assert.deepEqual(cells[2]?.outputs, []);
  });
});
