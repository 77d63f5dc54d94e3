import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bit, bits } from './bits.ts';
import { formatHexBytes, parseHexBytes } from './hex.ts';
import { group, layout, list, raw, reg8, reg16, reg32, reserved, type Source, u8, u16, u32, u64, when } from './layout.ts';

/** Bytes of which those at `unknown` are not known. */
function sourceOf(text: string, unknown: readonly number[] = []): Source {
  const bytes = parseHexBytes(text);
  return {
    read(at, length) {
      if (at < 0 || at + length > bytes.length) return undefined;
      let value = 0;
      for (let i = length - 1; i >= 0; i--) {
        if (unknown.includes(at + i)) return undefined;
        value = value * 256 + (bytes[at + i] ?? 0);
      }
      return value;
    },
  };
}

test('layout reads numbers little-endian at offsets from its base', () => {
  const numbers = layout({ byte: u8(0), word: u16(1), dword: u32(3), quad: u64(7) });
  const source = sourceOf('ffff01340278563412f0debc9a78563412');
  assert.deepEqual(numbers.decode(source, 2), {
    fields: { byte: 1, word: 0x0234, dword: 0x12345678, quad: 0x123456789abcdef0n },
    missing: [],
  });
  assert.equal(
    formatHexBytes(numbers.encode({ byte: 1, word: 0x0234, dword: 0x12345678, quad: 0x123456789abcdef0n })),
    '01340278563412f0debc9a78563412',
  );
});

test('layout reads registers of bit fields', () => {
  const registers = layout({ a: reg8(0, { x: bits(4, 7) }), b: reg16(1, { y: bit(15) }), c: reg32(3, { z: bits(0, 31) }) });
  const { fields } = registers.decode(sourceOf('5f0080ffffffff'), 0);
  assert.deepEqual(fields, { a: { x: 5, reserved: 15 }, b: { y: true }, c: { z: 0xffffffff } });
});

test('layout leaves out what is not known and notes where', () => {
  const numbers = layout({ byte: u8(0), word: u16(2), quad: u64(4) });
  assert.deepEqual(numbers.decode(sourceOf('010203040506070809101112', [3, 9]), 0), { fields: { byte: 1 }, missing: [2, 8] });
  assert.deepEqual(numbers.decode(sourceOf(''), 0), { fields: {}, missing: [0, 2, 4, 8] });
});

test('raw reads what is known up to the first unknown byte', () => {
  const body = layout({ bytes: raw(1, 4) });
  assert.deepEqual(body.decode(sourceOf('0011223344'), 0), { fields: { bytes: '11223344' }, missing: [] });
  assert.deepEqual(body.decode(sourceOf('0011223344', [3]), 0), { fields: { bytes: '1122' }, missing: [3] });
});

test('raw takes a length from other registers and is bounded by 4096', () => {
  const body = layout({ length: u32(0), bytes: raw(4, peek => peek.u32(0)) });
  assert.deepEqual(body.decode(sourceOf('02000000aabbcc'), 0).fields, { length: 2, bytes: 'aabb' });
  const huge: Source = { read: (_at, length) => 2 ** (8 * length) - 1 };
  assert.equal(body.decode(huge, 0).fields.bytes?.length, 2 * 4096);
});

test('reserved is absent where its bytes are zero and still counts towards the length', () => {
  const padded = layout({ first: u8(0), gap: reserved(1, 3) });
  assert.deepEqual(padded.decode(sourceOf('01000000'), 0).fields, { first: 1 });
  assert.deepEqual(padded.decode(sourceOf('01000200'), 0).fields, { first: 1, gap: '000200' });
  assert.equal(formatHexBytes(padded.encode({ first: 1, gap: undefined })), '01000000');
  assert.equal(formatHexBytes(padded.encode({ first: 1, gap: '000200' })), '01000200');
});

test('when puts a piece where an earlier register says so', () => {
  const wide = layout({ isWide: u8(0), low: u8(1), high: when(peek => peek.u8(0) === 1, u8(2)) });
  assert.deepEqual(wide.decode(sourceOf('010203'), 0).fields, { isWide: 1, low: 2, high: 3 });
  assert.deepEqual(wide.decode(sourceOf('000203'), 0).fields, { isWide: 0, low: 2 });
  assert.equal(formatHexBytes(wide.encode({ isWide: 1, low: 2, high: 3 })), '010203');
  assert.equal(formatHexBytes(wide.encode({ isWide: 0, low: 2, high: 3 })), '0002');
});

const ENTRIES = layout({
  count: u8(0),
  entries: list(1, 2, peek => peek.u8(0), group({ low: u8(0), high: when(peek => (peek.parent?.u8(0) ?? 0) < 4, u8(1)) })),
});

test('list reads as many elements as an earlier register says, each from its own start', () => {
  assert.deepEqual(ENTRIES.decode(sourceOf('02aabbccdd'), 0).fields, {
    count: 2,
    entries: [
      { low: 0xaa, high: 0xbb },
      { low: 0xcc, high: 0xdd },
    ],
  });
  assert.deepEqual(ENTRIES.decode(sourceOf('00'), 0).fields, { count: 0, entries: [] });
});

test('list ends at the first element that is not known', () => {
  assert.deepEqual(ENTRIES.decode(sourceOf('03aabbccddeeff', [4]), 0), {
    fields: { count: 3, entries: [{ low: 0xaa, high: 0xbb }] },
    missing: [3],
  });
});

test('list is bounded by 4096 bytes and takes no stride of nothing', () => {
  const huge: Source = { read: (_at, length) => 2 ** (8 * length) - 1 };
  const endless = (stride: number) => layout({ all: list(0, stride, peek => peek.u32(0), u8(0)) }).decode(huge, 0).fields.all?.length;
  assert.deepEqual([endless(1), endless(2), endless(0), endless(-1)], [4096, 2048, 0, 0]);
});

test('layout encodes what it decoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 520, maxLength: 520 }), bytes => {
      const { fields, missing } = ENTRIES.decode(sourceOf(formatHexBytes(bytes)), 0);
      assert.deepEqual(missing, []);
      if (fields.count === undefined || fields.entries === undefined) assert.fail('fields are missing');
      const encoded = ENTRIES.encode({ count: fields.count, entries: fields.entries });
      const shown = fields.count < 4 ? encoded : encoded.map((byte, at) => (at % 2 === 0 && at > 0 ? 0 : byte));
      const original = fields.count < 4 ? bytes : bytes.map((byte, at) => (at % 2 === 0 && at > 0 ? 0 : byte));
      assert.deepEqual(shown, original.slice(0, shown.length));
    }),
    { numRuns: 200 },
  );
});

test('layout.encode keeps the prefix and refuses values that do not fit or are missing', () => {
  const word = layout({ value: u16(2) });
  assert.equal(formatHexBytes(word.encode({ value: 0x1234 }, Uint8Array.of(9, 8))), '09083412');
  assert.throws(() => word.encode({ value: 0x10000 }), { name: 'RangeError', message: '65536 does not fit in 2 bytes at 2' });
  assert.throws(() => word.encode({ value: -1 }), RangeError);
  assert.throws(() => word.encode({} as { value: number }), { name: 'TypeError', message: 'field value is missing' });
  const far = layout({ value: u16(4095) });
  assert.throws(() => far.encode({ value: 1 }), { name: 'RangeError', message: 'register at 4095 lies outside of 4096 bytes' });
});
