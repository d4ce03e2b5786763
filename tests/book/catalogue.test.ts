import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseCatalogue, translateCells } from '../../lib/book/catalogue.js';
import type { Notebook } from '../../lib/book/notebook.js';

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

const NOTEBOOK: Notebook = {
  metadata: {},
  cells: [
    { cell_type: 'markdown', id: 'first', source: ['# Title\n', '\n', 'Text.'] },
    { cell_type: 'code', id: 'code', source: 'let a = 1;', outputs: [] },
    { cell_type: 'markdown', id: 'second', source: 'More.' },
  ],
};

const entry = (cell: string, english: string, korean: string) =>
  `<!-- cell ${cell} sha256 ${digest(english)} -->\n${korean}\n\n`;

describe('the catalogue of Korean texts', () => {
  test('a cell takes the text for its English of today, whatever the order', () => {
    const catalogue = parseCatalogue(
      entry('second', 'More.', '더.') + entry('first', '# Title\n\nText.', '# 제목\n\n글.'),
    );
    const { notebook, gaps } = translateCells(NOTEBOOK, catalogue);
    assert.deepEqual(
      notebook.cells.map(({ source }) => source),
      ['# 제목\n\n글.', 'let a = 1;', '더.'],
    );
    assert.deepEqual(gaps, []);
  });

  test('a cell without a text, and one whose English has changed, stay English, marked', () => {
    const catalogue = parseCatalogue(entry('second', 'Less.', '덜.'));
    const { notebook, gaps } = translateCells(NOTEBOOK, catalogue);
    const [first, , second] = notebook.cells.map(({ source }) => String(source));
    assert.match(first ?? '', /^# Title\n\n> .*영어.*\n\nText\.$/);
    assert.match(second ?? '', /^> .*영어.*\n\nMore\.$/);
    assert.deepEqual(gaps, [
      { kind: 'untranslated', cell: 'first', digest: digest('# Title\n\nText.') },
      { kind: 'outdated', cell: 'second', digest: digest('More.') },
    ]);
  });

  test('a text whose cell is gone is named', () => {
    const { gaps } = translateCells(
      { metadata: {}, cells: [] },
      parseCatalogue(entry('gone', 'Text.', '글.')),
    );
    assert.deepEqual(gaps, [{ kind: 'without a cell', cell: 'gone', digest: '' }]);
  });

  test('a text that no cell has, and a second one for a cell, are refused by their line', () => {
    assert.throws(() => parseCatalogue('\n한국어\n'), /^Error: line 2: before it there must be/);
    assert.throws(
      () => parseCatalogue(entry('a', 'A', '가') + entry('a', 'B', '나')),
      /^Error: line 4: cell a has two entries/,
    );
  });
});
