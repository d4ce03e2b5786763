import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeRecords } from '../../lib/data/binaryLayout';
import { generateRecords, VERSION } from '../../lib/data/drawShapes';

test('other images mean another version, so that no old copy is taken for the new set', () => {
  const digest = createHash('sha256')
    .update(encodeRecords(generateRecords(100, 1)))
    .digest('hex');
  // When this fails, the generator has changed: raise VERSION, then renew the digest.
  assert.deepEqual(
    [VERSION, digest],
    [2, '622c834bf0d81c96489f918da9ba39d73aa6786eb2b445e287f50e9df7e43eee'],
  );
});

test('the start of a set does not depend on its length', () => {
  const [short, long] = [generateRecords(10, 1), generateRecords(15, 1)];
  assert.deepEqual(long.images.subarray(0, short.images.length), short.images);
  assert.deepEqual(long.labels.subarray(0, short.labels.length), short.labels);
});
