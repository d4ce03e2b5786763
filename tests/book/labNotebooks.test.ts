import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { writeLabNotebooks } from '../../lib/dist/book/labNotebooks.js';
import { joined, notebookNames, type Notebook } from '../../lib/dist/book/notebook.js';
import { KOREAN } from '../../lib/dist/book/korean.js';

suite('the Korean notebooks of JupyterLab', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'korean notebooks '));
  const record = path.join(folder, 'record.json');
  const [first = '', second = ''] = notebookNames();
  const fileOf = (name: string) => path.join(folder, name);
  before(async () => {
    assert.deepEqual(await writeLabNotebooks(folder, record), []);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test('have the code of the English ones, and links from their own folder', () => {
    for (const name of notebookNames()) {
      const english = JSON.parse(readFileSync(path.join(KOREAN, '..', name), 'utf8')) as Notebook;
      const korean = JSON.parse(readFileSync(fileOf(name), 'utf8')) as Notebook;
      const code = ({ cells }: Notebook) =>
        cells.filter(({ cell_type }) => cell_type === 'code').map(({ source }) => joined(source));
      assert.deepEqual(code(korean), code(english));
      const texts = korean.cells
        .filter(({ cell_type }) => cell_type === 'markdown')
        .map(({ source }) => joined(source))
        .join('\n');
      assert.match(texts, /[가-힣]/);
      for (const [, target = ''] of texts.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
        const there = notebookNames().includes(target) || existsSync(path.join(KOREAN, target));
        assert.ok(there, `${name}: ${target}`);
      }
    }
  });

  test('are left alone when somebody worked in them, and made anew when they are gone', async () => {
    const made = readFileSync(fileOf(second), 'utf8');
    writeFileSync(fileOf(first), 'worked in');
    const written = JSON.parse(readFileSync(record, 'utf8')) as Record<string, { from: string }>;
    (written[first] as { from: string }).from = 'earlier';
    writeFileSync(record, JSON.stringify(written));
    rmSync(fileOf(second));
    assert.deepEqual(await writeLabNotebooks(folder, record), [first]);
    assert.equal(readFileSync(fileOf(first), 'utf8'), 'worked in');
    assert.equal(readFileSync(fileOf(second), 'utf8'), made);
  });
});
