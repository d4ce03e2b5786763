import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasBfloat16 } from '../../lib/runtime/processor';

test('a Mac is asked whether it has bfloat16; where it does not say, it has none', () => {
  for (const [answer, expected] of [
    ['1', true],
    ['0', false],
    [undefined, false],
  ] as const) {
    assert.equal(
      hasBfloat16('darwin', (name) => (name === 'hw.optional.arm.FEAT_BF16' ? answer : '1')),
      expected,
    );
  }
});
