import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ConvBlock, Inception, InceptionNaive } from 'googlenet/nn';
import { source } from 'googlenet/notebook';

test('the source of a class is its part of the file, whole', () => {
  for (const [Class, file] of [
    [ConvBlock, 'lib/nn/convBlock.ts'],
    [InceptionNaive, 'lib/nn/inception.ts'],
    [Inception, 'lib/nn/inception.ts'],
  ] as const) {
    const [first, ...lines] = source(Class).split('\n');
    assert.equal(first, `// ${file}`);
    assert.match(lines[0] ?? '', new RegExp(`^export class ${Class.name} extends Module \\{$`));
    assert.equal(lines.at(-1), '}');
    assert.equal(lines.filter((line) => /^\S/.test(line)).length, 2);
    assert.ok(readFileSync(file, 'utf8').includes(lines.join('\n')));
  }
});

test('a class of somewhere else has none here', () => {
  assert.throws(() => source({ name: 'Own' }), /Own is no class of lib\/nn/);
});
