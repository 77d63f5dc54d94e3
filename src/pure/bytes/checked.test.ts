import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteAt, dwordAt, itemAt, wordAt } from './checked.ts';

const BYTES = Uint8Array.of(0x01, 0x82, 0x03, 0xff);

test('byteAt, wordAt, dwordAt and itemAt give what stands there, unsigned, the lowest byte first', () => {
  assert.deepEqual([byteAt(BYTES, 0), byteAt(BYTES, 3)], [0x01, 0xff]);
  assert.deepEqual([wordAt(BYTES, 0), wordAt(BYTES, 2)], [0x8201, 0xff03]);
  assert.equal(dwordAt(BYTES, 0), 0xff038201);
  assert.equal(itemAt(['a', 'b'], 1), 'b');
});

test('byteAt, wordAt, dwordAt and itemAt throw RangeError for what is not there, wholly or in part', () => {
  for (const read of [
    () => byteAt(BYTES, 4),
    () => byteAt(BYTES, -1),
    () => byteAt(BYTES, Number.NaN),
    () => wordAt(BYTES, 3),
    () => dwordAt(BYTES, 1),
    () => itemAt(['a'], 1),
  ]) {
    assert.throws(read, RangeError);
  }
});
