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

test("ConfigSpace.bytes of Node's Buffer are its memory, and a copy of them is a copy", () => {
  const buffer = Buffer.from(BYTES);
  const { bytes } = new ConfigSpace(buffer);
  bytes.slice()[0] = 0;
  assert.deepEqual(buffer, Buffer.from(BYTES));
  buffer[1] = 0x11;
  assert.equal(bytes[1], 0x11);
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

test('ConfigSpace.knownBits tells the bits of a byte that is not known whole, which isKnown and read have as unknown', () => {
  const partial = { mask: Uint8Array.of(0, 0xf0, 0, 0, 0), value: Uint8Array.of(0, 0x30, 0, 0, 0) };
  const config = new ConfigSpace(BYTES, Uint8Array.of(1, 0, 0, 1, 1), partial);
  assert.deepEqual(
    [-1, 0, 1, 2, 3, 5].map(at => config.knownBits(at)),
    [0, 0xff, 0xf0, 0, 0xff, 0],
  );
  assert.deepEqual(
    [-1, 0, 1, 2, 3, 5].map(at => config.readKnownBits(at)),
    [0, 0x86, 0x30, 0, 0xf5, 0],
  );
  assert.deepEqual([config.isKnown(1), config.read(0, 2), config.knownLength, config.isWhole], [false, undefined, 1, false]);
  assert.deepEqual(config.partial, partial);
  config.partial?.mask.fill(0xff);
  assert.equal(config.knownBits(1), 0xf0, 'what is handed out is a copy');
  assert.equal(new ConfigSpace(BYTES).partial, null);
  assert.equal(new ConfigSpace(BYTES, null, { mask: new Uint8Array(5), value: new Uint8Array(5) }).partial, null);
});

test('ConfigSpace refuses bits of another length, of bytes that are known whole, and outside of their mask', () => {
  const make = (known: readonly number[] | null, mask: readonly number[], value: readonly number[]) =>
    new ConfigSpace(Uint8Array.of(0, 0), known && Uint8Array.from(known), { mask: Uint8Array.from(mask), value: Uint8Array.from(value) });
  make([0, 1], [0x0f, 0], [0x0f, 0]);
  assert.throws(() => make([0, 1], [0x0f], [0x0f]), {
    name: 'RangeError',
    message: 'known bits of 1 bytes, values of 1: wanted 2 of each',
  });
  assert.throws(() => make([0, 1], [0, 0x0f], [0, 0]), { message: 'byte 1h is known in part and whole' });
  assert.throws(() => make(null, [0x0f, 0], [0, 0]), { message: 'byte 0h is known in part and whole' });
  assert.throws(() => make([0, 0], [0xff, 0], [0, 0]), { message: 'byte 0h is known in part and whole' });
  assert.throws(() => make([0, 0], [0x0f, 0], [0x10, 0]), { message: 'byte 0h has a bit that is not known' });
});

test('ConfigSpace.firstUnknown, firstKnown and writeKnown say what isKnown says', () => {
  const known = Uint8Array.of(1, 1, 0, 0, 1, 0);
  for (const config of [
    new ConfigSpace(new Uint8Array(6), known),
    new ConfigSpace(new Uint8Array(6)),
    new ConfigSpace(new Uint8Array(0)),
  ]) {
    const { length } = config.bytes;
    const offsets = Array.from({ length: 9 }, (_, at) => at);
    for (const from of offsets) {
      assert.equal(
        config.firstUnknown(from),
        offsets.find(at => at >= from && !config.isKnown(at)),
      );
      assert.equal(config.firstKnown(from), offsets.find(at => at >= from && config.isKnown(at)) ?? Number.POSITIVE_INFINITY);
    }
    const map = new Uint8Array(9).fill(7);
    config.writeKnown(map);
    assert.deepEqual(
      [...map],
      offsets.map(at => (at >= length ? 7 : Number(config.isKnown(at)))),
    );
  }
});
