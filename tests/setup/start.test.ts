import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { namedNotebooks, notebookNames } from '../../lib/setup/notebooks.mjs';
import { notebookParameters, readSettings } from '../../lib/setup/parameters.mjs';
import { PROJECT } from '../../lib/setup/paths.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'results '));
after(() => {
  rmSync(folder, { recursive: true });
});

/** `npm start -- …` without npm, in a folder of the user's. */
function start(...args: string[]) {
  return spawnSync(
    process.execPath,
    [path.join(PROJECT, 'lib', 'setup', 'cli.mjs'), 'start', ...args],
    { encoding: 'utf8', env: { ...process.env, INIT_CWD: folder } },
  );
}

const TRAINING = '04-cifar10-training';
const EVALUATION = '05-cifar10-evaluation';

test('notebooks are named by number, name or path, and keep their order', () => {
  for (const names of [
    ['05', '04', '5'],
    [EVALUATION, TRAINING],
    [`notebooks/${EVALUATION}.ipynb`, '4'],
  ])
    assert.deepEqual(namedNotebooks(names), [TRAINING, EVALUATION], names.join());
});

test('a value reaches every notebook that has the parameter, as its type', () => {
  const settings = ['epochs=5', 'lr=1e-4', 'dataset=generated', 'checkpointEpochs=1,3', 'epochs=6'];
  assert.deepEqual(
    readSettings([...settings, 'restart=true'], ['03-googlenet', TRAINING, EVALUATION]),
    {
      [TRAINING]: {
        epochs: 6,
        lr: 1e-4,
        dataset: 'generated',
        checkpointEpochs: [1, 3],
        restart: true,
      },
      [EVALUATION]: { epochs: 6, lr: 1e-4, dataset: 'generated', checkpointEpochs: [1, 3] },
    },
  );
});

test('a list may stand in brackets, and be empty', () => {
  for (const [text, value] of [
    ['[9, 19]', [9, 19]],
    ['7', [7]],
    ['[]', []],
  ] as const)
    assert.deepEqual(readSettings([`checkpointEpochs=${text}`], [TRAINING]), {
      [TRAINING]: { checkpointEpochs: value },
    });
});

test('every number is read back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (lr) => {
      assert.deepEqual(readSettings([`lr=${String(lr)}`], [TRAINING]), {
        // A negative zero is written without its sign.
        [TRAINING]: { lr: lr === 0 ? 0 : lr },
      });
    }),
  );
});

test('every parameter of every notebook can be set to what it is', () => {
  for (const notebook of notebookNames()) {
    const parameters = notebookParameters(notebook);
    assert.ok(parameters.length > 0, notebook);
    for (const { name, initial, read } of parameters) {
      const value = JSON.parse(initial.replaceAll("'", '"')) as unknown;
      assert.deepEqual(read(initial.replaceAll("'", '')), value, `${notebook}: ${name}`);
    }
  }
});

for (const [what, args, message] of [
  [
    'a notebook that is not there',
    ['--notebook', '01,99'],
    /^There is no notebook "99"\. There are:\n {2}01-inception-naive\n/,
  ],
  [
    'a parameter of none',
    ['--set', 'epoch=5'],
    /^--set epoch=5: no notebook to be executed has a parameter "epoch"\. There are:\n.*batchSize = 32/,
  ],
  [
    'a parameter of another notebook',
    ['--notebook', '01', '--set', 'epochs=5'],
    /^--set epochs=5: no notebook to be executed has a parameter "epochs"/,
  ],
  ['no value', ['--set', 'epochs'], /^--set epochs: it must be NAME=VALUE, such as epochs=5\.$/],
  [
    'an empty number',
    ['--set', 'epochs='],
    /^--set epochs=: epochs must be a number \(04-cifar10-training\)\.$/,
  ],
  ['a word for a number', ['--set', 'lr=small'], /^--set lr=small: lr must be a number \(/],
  ['a number that is not finite', ['--set', 'lr=1e999'], /: lr must be a number \(/],
  [
    'a list with a hole',
    ['--set', 'checkpointEpochs=1,,2'],
    /: checkpointEpochs must be numbers, such as 9,19 \(/,
  ],
  ['a number for a yes or no', ['--set', 'restart=1'], /: restart must be true or false \(/],
  [
    'a data set that is not there',
    ['--set', 'dataset=mnist'],
    /: dataset must be one of auto, cifar10, generated \(/,
  ],
  [
    'an option without its value',
    ['--set'],
    /^npm run start: Option '--set <value>' argument missing\. Usage: /,
  ],
  [
    'a folder that is not there',
    ['--junit', 'none/results.xml'],
    /^--junit none\/results\.xml: there is no folder .*results .*none: make it first\.$/,
  ],
  ['a folder for a file', ['--junit', '.'], /^--junit \.: it must name a file\.$/],
] as const) {
  test(`${what} is refused in a sentence, before anything runs`, () => {
    const { status, stdout, stderr } = start(...args);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr.trim(), message);
    assert.doesNotMatch(stderr, / at /);
  });
}

test('--help names the options and the parameters', () => {
  const { status, stdout, stderr } = start('--help');
  assert.equal(status, 0);
  assert.equal(stderr, '');
  for (const option of ['--notebook', '--set', '--json', '--junit'])
    assert.ok(stdout.includes(option));
  assert.match(stdout, /^ {2}04-cifar10-training: .*\bepochs = 60\b/m);
});
