/** `struct()`: layout by the C rule, decoding, encoding and its errors. Real headers judge the declarations under test/oracle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { array, bytes, type CType, flexible, flexibleBytes, overlay, s32, s64, u8, u16, u32, u64 } from './c-types.ts';
import { type Decoded, type Encodable, type StructFields, struct } from './struct.ts';

const header = struct('header', { id: u16, version: u16, next: u32 });
const region = struct('region', { argsz: u32, flags: u32, size: u64 });
const every = struct('every', {
  a: u8,
  b: u16,
  c: u32,
  d: u64,
  e: s32,
  f: s64,
  words: array(u16, 3),
  raw: bytes(5),
  inner: header,
  pair: array(header, 2),
});
const list = struct('list', { header, count: u32, tail: flexible(u16, 'count') });

test('struct lays fields out by the C rule', () => {
  const layouts: [CType & { fields: object }, number, number, number[]][] = [
    [struct('empty', {}), 0, 1, []],
    [struct('s1', { a: u8 }), 1, 1, [0]],
    [struct('s2', { a: u8, b: u32, c: u8 }), 12, 4, [0, 4, 8]],
    [struct('s3', { a: u32, b: u64 }), 16, 8, [0, 8]],
    [struct('s4', { a: u64, b: u8 }), 16, 8, [0, 8]],
    [struct('s5', { a: u8, b: header, c: u16 }), 16, 4, [0, 4, 12]],
    [struct('s6', { a: u8, b: array(u16, 3), c: bytes(3), d: u32 }), 16, 4, [0, 2, 8, 12]],
    [struct('s7', { a: u64, b: u32, tail: flexibleBytes() }), 16, 8, [0, 8, 12]],
    [struct('s8', { a: u8, tail: flexible(u64) }), 8, 8, [0, 8]],
    [struct('s9', { a: u8, b: u32, c: overlay(u32, 'b'), d: u16 }), 12, 4, [0, 4, 4, 8]],
  ];
  for (const [type, size, align, offsets] of layouts) {
    assert.deepEqual([type.size, type.align], [size, align], type.name);
    assert.deepEqual(
      Object.values(type.fields).map(field => (field as { offset: number }).offset),
      offsets,
      type.name,
    );
  }
});

test('struct refuses declarations that C refuses', () => {
  assert.throws(
    () => struct('bad', { data: flexibleBytes(), after: u8 }),
    new TypeError('Cannot declare bad.after: a flexible array before it is the last field C allows'),
  );
  assert.throws(
    () => struct('bad', { inner: list }),
    new TypeError('Cannot declare bad.inner: list ends in a flexible array and cannot be a field'),
  );
  assert.throws(
    () => struct('bad', { a: overlay(u32, 'b'), b: u32 }),
    new TypeError('Cannot declare bad.a: overlays b, which is not an earlier field'),
  );
});

test('struct.decode reads little-endian at an offset', () => {
  const raw = Uint8Array.of(0xff, 0xff, 1, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 8, 7, 6, 5, 4, 3, 2, 0x81);
  const value: Decoded<typeof region> = region.decode(raw, 2);
  assert.deepEqual(value, { argsz: 1, flags: 0xfffffff0, size: 0x8102030405060708n });
  assert.deepEqual(struct('s', { a: s32, b: s64 }).decode(new Uint8Array(16).fill(0xff)), { a: -1, b: -1n });
});

test('struct.decode reads a view into a larger buffer', () => {
  const larger = new Uint8Array(64).fill(0xaa);
  const part = larger.subarray(10, 26);
  region.write({ argsz: 7, size: 9n }, part);
  assert.deepEqual(region.decode(part), { argsz: 7, flags: 0, size: 9n });
  assert.deepEqual([larger[9], larger[26]], [0xaa, 0xaa]);
});

test('struct.decode says what failed when there are too few bytes', () => {
  const vectors: [Uint8Array, number, string][] = [
    [new Uint8Array(15), 0, 'Cannot decode region at 0: 15 bytes left, needs 16'],
    [new Uint8Array(20), 8, 'Cannot decode region at 8: 12 bytes left, needs 16'],
    [new Uint8Array(4), 9, 'Cannot decode region at 9: 0 bytes left, needs 16'],
    [new Uint8Array(20), -1, 'Cannot decode region at -1: the offset is not a whole number from 0 on'],
    [new Uint8Array(20), 0.5, 'Cannot decode region at 0.5: the offset is not a whole number from 0 on'],
  ];
  for (const [raw, at, message] of vectors) assert.throws(() => region.decode(raw, at), new RangeError(message));
});

test('struct.decode bounds a flexible array by its count and by the bytes', () => {
  const raw = Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 6, 0, 7, 0, 8);
  assert.deepEqual(list.decode(raw).tail, [5, 6]);
  raw[8] = 3;
  assert.deepEqual(list.decode(raw).tail, [5, 6, 7]);
  raw.fill(0xff, 8, 12);
  assert.deepEqual(list.decode(raw).tail, [5, 6, 7], 'a count of 4294967295 gives what the bytes hold');
  assert.deepEqual(list.decode(raw.subarray(0, 12)).tail, []);
  const data = struct('data', { argsz: u32, data: flexibleBytes() });
  assert.deepEqual(data.decode(Uint8Array.of(0, 0, 0, 0, 9, 8)).data, Uint8Array.of(9, 8));
  const counted = struct('counted', { n: u8, data: flexibleBytes('n') });
  assert.deepEqual(counted.decode(Uint8Array.of(1, 9, 8)).data, Uint8Array.of(9));
});

test('struct.encode fills what is not given with zeros', () => {
  assert.deepEqual(region.encode(), new Uint8Array(16));
  assert.deepEqual([...region.encode({ flags: 0x01020304 }).subarray(4, 8)], [4, 3, 2, 1]);
  assert.deepEqual(
    [...every.encode({ inner: { next: 5 } })].filter(byte => byte !== 0),
    [5],
  );
});

test('struct.encode grows by the flexible array', () => {
  assert.equal(list.encode({}).length, 12);
  assert.deepEqual([...list.encode({ header: { id: 1 }, count: 2, tail: [5, 6] }).subarray(12)], [5, 0, 6, 0]);
  const padded = struct('padded', { a: u64, b: u32, tail: flexibleBytes() });
  assert.equal(padded.encode({ tail: Uint8Array.of(1) }).length, 16, 'never shorter than sizeof');
});

test('struct.encode names the field whose value does not fit', () => {
  const refused: [() => unknown, RangeError | TypeError][] = [
    [() => region.encode({ flags: 2 ** 32 }), new RangeError('Cannot encode region.flags: 4294967296 does not fit u32 (0 to 4294967295)')],
    [() => region.encode({ flags: -1 }), new RangeError('Cannot encode region.flags: -1 does not fit u32 (0 to 4294967295)')],
    [() => region.encode({ flags: 1.5 }), new TypeError('Cannot encode region.flags: 1.5 is no whole number')],
    [() => region.encode({ flags: Number.NaN }), new TypeError('Cannot encode region.flags: NaN is no whole number')],
    [
      () => region.encode({ size: 1n << 64n }),
      new RangeError('Cannot encode region.size: 18446744073709551616 does not fit u64 (0 to 18446744073709551615)'),
    ],
    [() => region.encode(JSON.parse('{"size":1}')), new TypeError('Cannot encode region.size: 1 is no bigint')],
    [() => region.encode(JSON.parse('{"sise":1}')), new TypeError('Cannot encode region.sise: region has no such field')],
    [() => every.encode({ words: [1, 2] }), new RangeError('Cannot encode every.words: 2 values, needs 3')],
    [() => every.encode({ raw: new Uint8Array(6) }), new RangeError('Cannot encode every.raw: 6 bytes, needs 5')],
    [
      () => every.encode({ pair: [{}, { id: 65536 }] }),
      new RangeError('Cannot encode every.pair[1].id: 65536 does not fit u16 (0 to 65535)'),
    ],
  ];
  for (const [call, error] of refused) assert.throws(call, error);
});

test('struct.encode takes either name of an overlay, and both only when equal', () => {
  const info = struct('info', { in_type: u32, out_type: overlay(u32, 'in_type') });
  assert.deepEqual(info.decode(Uint8Array.of(3, 0, 0, 0)), { in_type: 3, out_type: 3 });
  for (const value of [{ in_type: 3 }, { out_type: 3 }, { in_type: 3, out_type: 3 }]) assert.equal(info.encode(value)[0], 3);
  assert.throws(
    () => info.encode({ in_type: 3, out_type: 4 }),
    new RangeError('Cannot encode info.out_type: it shares its bytes with in_type, and the two values differ'),
  );
});

test('struct.write needs room for the whole struct and zeroes what is not given', () => {
  const target = new Uint8Array(20).fill(0xff);
  region.write({ argsz: 1 }, target, 4);
  assert.deepEqual([...target], [255, 255, 255, 255, 1, ...new Array(15).fill(0)]);
  assert.throws(() => region.write({}, target, 5), new RangeError('Cannot write region at 5: 15 bytes left, needs 16'));
});

test('struct.decode undoes struct.encode for every field type', () => {
  const u = (bits: number) => fc.nat({ max: 2 ** bits - 1 });
  const plain = { noNullPrototype: true };
  const anHeader = fc.record({ id: u(16), version: u(16), next: u(31) }, plain);
  const value: fc.Arbitrary<Encodable<typeof every>> = fc.record(
    {
      a: u(8),
      b: u(16),
      c: u(31),
      d: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      e: fc.integer(),
      f: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      words: fc.tuple(u(16), u(16), u(16)),
      raw: fc.uint8Array({ minLength: 5, maxLength: 5 }),
      inner: anHeader,
      pair: fc.tuple(anHeader, anHeader),
    },
    plain,
  );
  fc.assert(
    fc.property(value, given => assert.deepEqual(every.decode(every.encode(given)), given)),
    { numRuns: 200 },
  );
});

test('struct.encode undoes struct.decode for any bytes without padding', () => {
  const packed = struct('packed', { header, count: u32, fd: s32, size: u64, tail: flexible(u8) } satisfies StructFields);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 40 }), raw =>
      assert.deepEqual(packed.encode(packed.decode(raw)), new Uint8Array(raw)),
    ),
    { numRuns: 200 },
  );
});
