import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSpace } from './config-space.ts';

const BYTES = Uint8Array.of(0x86, 0x80, 0x33, 0xf5, 0x07);

test('ConfigSpace.read reads little-endian, unsigned numbers', () => {
  const config = new ConfigSpace(BYTES);
  assert.deepEqual([config.read(0, 1), config.read(0, 2), config.read(0, 4), config.read(1, 4)], [0x86, 0x8086, 0xf5338086, 0x07f53380]);
});

test('ConfigSpace.read gives undefined where a byte lies outside', () => {
  const config = new ConfigSpace(BYTES);
  for (const [at, length] of [
    [5, 1],
    [4, 2],
    [2, 4],
    [-1, 1],
    [-1, 2],
    [4096, 1],
  ] as const)
    assert.equal(config.read(at, length), undefined);
});

test('ConfigSpace knows which bytes are unknown', () => {
  const config = new ConfigSpace(BYTES, Uint8Array.of(1, 1, 0, 1, 1));
  assert.deepEqual(
    [config.read(0, 2), config.read(2, 1), config.read(1, 2), config.read(0, 4), config.read(3, 2)],
    [0x8086, undefined, undefined, undefined, 0x07f5],
  );
  assert.equal(config.knownLength, 2);
  assert.deepEqual(
    [config.isKnown(0), config.isKnown(0, 2), config.isKnown(0, 3), config.isKnown(3, 2), config.isKnown(4, 2)],
    [true, true, false, true, false],
  );
});

test('ConfigSpace.knownLength is the whole length without a gap', () => {
  assert.equal(new ConfigSpace(BYTES).knownLength, 5);
  assert.equal(new ConfigSpace(BYTES, Uint8Array.of(1, 1, 1, 1, 1)).knownLength, 5);
  assert.equal(new ConfigSpace(new Uint8Array(0)).knownLength, 0);
});

test('ConfigSpace refuses more than 4096 bytes and a map that does not fit', () => {
  new ConfigSpace(new Uint8Array(4096));
  assert.throws(() => new ConfigSpace(new Uint8Array(4097)), {
    name: 'RangeError',
    message: 'config space of 4097 bytes: wanted at most 4096',
  });
  assert.throws(() => new ConfigSpace(BYTES, new Uint8Array(4)), { name: 'RangeError', message: 'known map of 4 bytes for 5' });
});
