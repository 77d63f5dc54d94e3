import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRawConfig } from './raw-config.ts';

test('parseRawConfig takes the three sizes that sysfs gives', () => {
  for (const size of [64, 256, 4096]) assert.equal(parseRawConfig(new Uint8Array(size)).knownLength, size);
});

test('parseRawConfig refuses any other size', () => {
  for (const size of [0, 63, 65, 128, 255, 4095, 4097, 100_000]) {
    assert.throws(() => parseRawConfig(new Uint8Array(size)), {
      name: 'RangeError',
      message: `cannot take ${size} bytes as a raw config space: wanted 64, 256, 4096 bytes`,
    });
  }
});
