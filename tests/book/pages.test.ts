import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkedPages } from '../../lib/dist/book/pages.js';

const FROM = 'notebooks/01-inception-naive.ipynb';

test('links to code, folders and texts lead to pages, others stay', () => {
  const linked = new LinkedPages(new Set([FROM]));
  for (const [link, page] of [
    ['../lib/nn/adam.ts', '../lib/nn/adam.ts.md'],
    ['../lib/graph/capi', '../lib/graph/capi/index.md'],
    ['../data/README.md#files', '../data/README.md#files'],
    ['../lib/bench/training.png', '../lib/bench/training.png'],
    ['01-inception-naive.ipynb', '01-inception-naive.ipynb'],
    ['https://arxiv.org/abs/1409.4842', 'https://arxiv.org/abs/1409.4842'],
    ['#place', '#place'],
  ] as const) {
    assert.equal(linked.relink(`a [text](${link}).`, FROM), `a [text](${page}).`);
  }
  const pages = new Map(linked.all().map(({ file, content }) => [file, content]));
  assert.match(String(pages.get('lib/nn/adam.ts.md')), /`{5}typescript\n[^]*export function adam/);
  assert.match(String(pages.get('lib/graph/capi/index.md')), /\[session\.ts\]\(session\.ts\.md\)/);
  assert.ok(pages.has('lib/graph/capi/session.ts.md'), 'what a folder lists is there too');
  assert.ok(Buffer.isBuffer(pages.get('lib/bench/training.png')));
  assert.ok(!pages.has(FROM));
});

test('a link that leads nowhere is named', () => {
  const linked = new LinkedPages(new Set());
  for (const link of ['../lib/gone.ts', '../../outside.md']) {
    assert.throws(
      () => linked.relink(`[text](${link})`, FROM),
      /^Error: notebooks\/01-inception-naive\.ipynb links to .*, which is not there$/,
    );
  }
});
