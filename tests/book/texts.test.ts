import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translateCells } from '../../lib/dist/book/catalogue.js';
import { readCatalogue } from '../../lib/dist/book/korean.js';
import { notebookNames, readNotebook } from '../../lib/dist/book/notebook.js';

for (const name of notebookNames()) {
  test(`${name} has a Korean text for each of its texts as they are now`, () => {
    assert.deepEqual(translateCells(readNotebook(name), readCatalogue(name)).gaps, []);
  });
}
