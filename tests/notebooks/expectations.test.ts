import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { figuresWithoutPicture, unmet, type Notebook } from './expectations.js';

const notebook: Notebook = {
  cells: [
    { cell_type: 'markdown', source: 'count(model) = 387,296', metadata: {} },
    {
      cell_type: 'code',
      source: ['console.log(\n', 'count(model))'],
      metadata: { tags: ['parameters-of-the-block'] },
      outputs: [{ output_type: 'stream', text: ['parameters: ', '387,296\n'] }],
    },
    {
      cell_type: 'code',
      source: 'displayTable(rows)',
      metadata: {},
      outputs: [
        { output_type: 'display_data', data: { 'text/plain': 'branch1  64', 'text/html': '<p>' } },
      ],
    },
  ],
};

test('the right numbers meet the expectations, by source and by tag', () => {
  assert.deepEqual(
    unmet(notebook, [
      { cell: 'count(model)', prints: ['parameters: 387,296'] },
      { cell: 'parameters-of-the-block', prints: ['387,296'] },
      { cell: 'displayTable(rows)', prints: ['branch1  64'] },
    ]),
    [],
  );
});

test('a wrong number is named, with what was printed instead', () => {
  const [problem = ''] = unmet(notebook, [{ cell: 'count(model)', prints: ['387,297'] }]);
  assert.match(problem, /count\(model\).*387,297[^]*387,296/);
});

test('a number may be near the expected one, as far as is said', () => {
  const near = (value: number, within: number, after = 'parameters: 387,') =>
    unmet(notebook, [{ cell: 'count(model)', near: [{ after, value, within }] }]);
  assert.deepEqual(near(296, 0), []);
  assert.deepEqual(near(290, 6), []);
  assert.match(near(290, 5)[0] ?? '', /387,290, give or take 5[^]*387,296/);
  assert.equal(near(296, 1e9, 'nowhere').length, 1);
});

test('an expectation must name exactly one code cell', () => {
  assert.match(unmet(notebook, [{ cell: 'nowhere', prints: [] }])[0] ?? '', /no cell "nowhere"/);
  assert.match(unmet(notebook, [{ cell: '(', prints: [] }])[0] ?? '', /2 cells contain/);
});

test('a figure must carry a picture', () => {
  const figure = (data: Record<string, unknown>): Notebook => ({
    cells: [
      {
        cell_type: 'code',
        source: 'display(figure)',
        metadata: {},
        outputs: [{ output_type: 'display_data', data }],
      },
    ],
  });
  const interactive = { 'application/vnd.plotly.v1+json': {} };
  assert.deepEqual(figuresWithoutPicture(figure(interactive)), ['display(figure)']);
  assert.deepEqual(figuresWithoutPicture(figure({ ...interactive, 'image/png': 'iVBO' })), []);
});
