import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { PATHS } from '../../lib/setup/paths.mjs';
import type { Notebook } from './expectations.js';

const README = readFileSync(path.join(PATHS.notebooks, 'README.md'), 'utf8');

/** Each link, and what stands behind it up to the next one: a heading, or a name in backticks. */
const LINKS = [...README.matchAll(/\]\(([^)]+)\)(?:: ((?:(?!; \[)[^|\n])+))?/g)].map(
  ([, file = '', rest = '']) => ({
    file: path.join(PATHS.notebooks, file),
    name: rest.trim().replace(/;.*$/, ''),
  }),
);

function headings(file: string): string[] {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  return cells
    .filter(({ cell_type }) => cell_type === 'markdown')
    .flatMap(({ source }) => (typeof source === 'string' ? source : source.join('')).split('\n'))
    .flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? []);
}

function declares(file: string, name: string): boolean {
  const declaration = new RegExp(
    `^export (async )?(abstract )?(class|function|const) ${name}\\b`,
    'm',
  );
  return declaration.test(readFileSync(file, 'utf8'));
}

test('the page on the lecture names its listings', () => {
  for (const listing of ['ConvBlock', 'InceptionNaive', 'Inception', 'GoogLeNet', 'Constants']) {
    assert.ok(README.includes(`\`class ${listing}\``), listing);
  }
  for (const listing of [
    'run_inception_naive',
    'run_inception_dim_reduction',
    'run_googlenet',
    'get_device',
    'save_metrics',
    'visualize',
    'train_cifar10',
  ]) {
    assert.ok(README.includes(`\`${listing}()\``), listing);
  }
});

test('its links lead to sections and names that there are', () => {
  assert.ok(LINKS.length > 50);
  for (const { file, name } of LINKS) {
    assert.ok(existsSync(file), file);
    if (file.endsWith('.ipynb')) {
      assert.ok(headings(file).includes(name), `${file} has no section "${name}"`);
    } else {
      const [, identifier = ''] = /^`(\w+)`$/.exec(name) ?? [];
      assert.ok(declares(file, identifier), `${file} does not export ${name}`);
    }
  }
});
