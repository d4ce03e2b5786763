import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDiskFull } from '../../lib/files';

test('a disk is full where it has no room, or the user none left of it', () => {
  const withCode = (code: string) => Object.assign(new Error(code), { code });
  assert.deepEqual(
    ['ENOSPC', 'EDQUOT', 'EACCES'].map((code) => isDiskFull(withCode(code))),
    [true, true, false],
  );
  assert.equal(isDiskFull(new Error('no code')), false);
});
