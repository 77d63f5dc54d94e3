import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSpace } from '../pci/config-space.ts';
import { type Comparison, compare } from './compare.ts';

/** A PCI Express function with PCI Express at 40h and ATS at 100h; `edits` are bytes by offset. */
function bytesOf(edits: Readonly<Record<number, number>> = {}): Uint8Array {
  const bytes = new Uint8Array(4096);
  const base: Readonly<Record<number, number>> = {
    ...{ 0: 0x86, 1: 0x80, 2: 0x34, 3: 0x12, 6: 0x10, 52: 0x40, 64: 0x10, 66: 0x02 },
    ...{ 256: 0x0f, 258: 0x01, 260: 0x20 },
  };
  for (const [at, byte] of Object.entries({ ...base, ...edits })) bytes[Number(at)] = byte;
  return bytes;
}

function space(edits: Readonly<Record<number, number>> = {}, size = 4096): { config: ConfigSpace } {
  return { config: new ConfigSpace(bytesOf(edits).slice(0, size)) };
}

/** The same with holes: offsets of the first and the last byte that is not known. */
function holed(
  edits: Readonly<Record<number, number>>,
  ...holes: readonly (readonly [from: number, to: number])[]
): { config: ConfigSpace } {
  const known = new Uint8Array(4096).fill(1);
  for (const [from, to] of holes) known.fill(0, from, to + 1);
  return { config: new ConfigSpace(bytesOf(edits), known) };
}

/** `0x100 ATS [100] control.enable: false | true`. */
function lines({ differences }: Comparison): string[] {
  return differences.map(({ at, place, field, a, b }) => `${at.toString(16)} ${place} ${field}: ${a ?? '-'} | ${b ?? '-'}`);
}

test('compare finds nothing between equal spaces', () => {
  const found = compare(space(), space());
  assert.deepEqual(found, { outcome: 'same', differences: [], compared: [{ from: 0, to: 4095 }], unknown: { a: [], b: [] } });
});

const DIFFERENT: readonly (readonly [what: string, edits: Readonly<Record<number, number>>, lines: string[]])[] = [
  ['the header field', { 2: 0x35 }, ['0 header common.deviceId: 0x1234 | 0x1235']],
  ['a byte of the header that is no register', { 54: 0x35 }, ['36 bytes 0x036: 00 | 35']],
  ['both, where both differ', { 2: 0x35, 54: 0x35 }, ['0 header common.deviceId: 0x1234 | 0x1235', '36 bytes 0x036: 00 | 35']],
  ['the field of a capability', { 263: 0x80 }, ['100 ATS [100] control.enable: false | true']],
  ['a capability that one side lacks', { 256: 0, 258: 0, 260: 0 }, ['100 ATS [100] : there | -']],
  [
    'a capability that stands elsewhere',
    { 52: 0x80, 128: 0x10, 130: 0x02, 64: 0, 66: 0 },
    ['0 header type0.capabilitiesPointer: 64 | 128', '40 PCI Express [40] : there | -', '80 PCI Express [80] : - | there'],
  ],
  ['bytes that no register covers', { 2048: 2, 2049: 3 }, ['800 bytes 0x800: 0000 | 0203']],
  ['bytes with few equal ones between as one run', { 2048: 2, 2052: 3 }, ['800 bytes 0x800: 0000000000 | 0200000003']],
  ['bytes with more equal ones between as two', { 2048: 2, 2053: 3 }, ['800 bytes 0x800: 00 | 02', '805 bytes 0x805: 00 | 03']],
  [
    'bytes beside a register that differs',
    { 263: 0x80, 2048: 1 },
    ['100 ATS [100] control.enable: false | true', '800 bytes 0x800: 00 | 01'],
  ],
];

for (const [what, edits, expected] of DIFFERENT) {
  test(`compare tells ${what}`, () => {
    const found = compare(space(), space(edits));
    assert.equal(found.outcome, 'different');
    assert.deepEqual(lines(found), expected);
  });
}

const PARTLY: readonly (readonly [what: string, a: { config: ConfigSpace }, b: { config: ConfigSpace }, lines: string[], last: number])[] =
  [
    ['256 bytes and 4096', space({}, 256), space(), [], 255],
    ['64 bytes and 4096', space({}, 64), space(), [], 63],
    ['64 bytes and 64', space({}, 64), space({}, 64), [], 63],
    ['a hole where a capability stands', space(), holed({}, [0x100, 0x10f]), [], 4095],
    ['a hole in registers', space({ 262: 1 }), holed({}, [0x106, 0x107]), [], 4095],
    ['a hole where the list begins', space(), holed({}, [0x34, 0x34]), [], 4095],
    ['other bytes below a hole', space({ 272: 9 }), holed({}, [0x110, 0x110]), [], 4095],
    ['a difference beside a hole', space({ 2304: 1 }), holed({}, [0x100, 0x10f]), ['900 bytes 0x900: 01 | 00'], 4095],
    ['a capability beyond a list that is cut', space({ 258: 0x01, 259: 0x20, 512: 0x13 }), space({}, 0x102), [], 0x101],
  ];

for (const [what, a, b, expected, last] of PARTLY) {
  test(`compare takes nothing that is not known for a difference: ${what}`, () => {
    for (const [one, other] of [[a, b] as const, [b, a] as const]) {
      const found = compare(one, other);
      assert.equal(found.outcome, expected.length === 0 ? 'same-as-far-as-known' : 'different');
      assert.equal(found.differences.length, expected.length);
      assert.equal(found.compared.at(-1)?.to, last);
      assert.ok(found.unknown.a.length + found.unknown.b.length > 0);
    }
    assert.deepEqual(lines(compare(a, b)), expected);
  });
}

test('compare says which bytes were compared, and what is not known of which side', () => {
  const { compared, unknown } = compare(holed({}, [0x800, 0x80f]), space({}, 0x900));
  assert.deepEqual(compared, [
    { from: 0, to: 0x7ff },
    { from: 0x810, to: 0x8ff },
  ]);
  const show = (side: 'a' | 'b') => unknown[side].map(({ list, from, to }) => [list, from, to]);
  assert.deepEqual([show('a'), show('b')], [[['body', 0x800, 0x80f]], [['body', 0x900, 0xfff]]]);
});

test('compare tells a capability beyond the end of a list that is known, though its bytes are not', () => {
  const longer = space({ 258: 0x01, 259: 0x20, 512: 0x13, 514: 0x01 });
  assert.deepEqual(lines(compare(longer, space({}, 0x108))), ['100 ATS [100] next: 0x200 | 0x0', '200 PRI [200] : there | -']);
});

test('compare of sides that have no byte in common compares nothing', () => {
  const { outcome, compared } = compare(holed({}, [0, 0x7ff]), space({}, 0x800));
  assert.deepEqual([outcome, compared], ['incomparable', []]);
  assert.equal(compare({ config: new ConfigSpace(new Uint8Array(0)) }, space()).outcome, 'incomparable');
});

test('compare takes a bus without extended space for what it is, and not for bytes that are not known', () => {
  const conventional = { ...space({}, 256), isConventional: true };
  const found = compare(space(), conventional);
  assert.deepEqual(lines(found), ['100 extended config space : there | -', '100 ATS [100] : there | -']);
  assert.deepEqual(found.unknown, { a: [], b: [] });
  assert.equal(compare(conventional, conventional).outcome, 'same');
  const empty = compare(space({ 256: 0, 258: 0, 260: 0 }), conventional);
  assert.equal(empty.outcome, 'same');
});
