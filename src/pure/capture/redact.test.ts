import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHexBytes } from '../bytes/hex.ts';
import { buildConfigSpace, type CapabilityPart, type ConfigSpaceParts } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { type RedactionKind, redact } from './redact.ts';

const EXPRESS: CapabilityPart = { id: 0x10, body: '0200'.padEnd(116, '0'), offset: 0x40 };

const build = (parts: Partial<ConfigSpaceParts> = {}) =>
  buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, standard: [EXPRESS], ...parts });

/** What changed: `110: 0403 > 0400`, with `??` for what is not known. */
function changes(before: ConfigSpace, kinds: readonly RedactionKind[]): string[] {
  const { spaces, places } = redact([before], kinds);
  const [after] = spaces;
  return places.map(({ at, length, what }) => {
    const text = Array.from({ length }, (_, i) => (after?.isKnown(at + i) ? formatHexBytes(Uint8Array.of(after.bytes[at + i])) : '??'));
    return `${at.toString(16)} ${what}: ${formatHexBytes(before.bytes.subarray(at, at + length))} > ${text.join('')}`;
  });
}

/** Each register: the parts that hold it, what is redacted, what comes of it. */
const VECTORS: readonly (readonly [what: string, parts: Partial<ConfigSpaceParts>, kind: RedactionKind, expected: readonly string[]])[] = [
  [
    'BARs, with their type bits kept',
    { bars: [0xfe00000c, 0x40, 0xe001, 0xfe100000] },
    'addresses',
    [
      '10 BAR 0: 0c0000fe > 0c000000',
      '14 BAR 0, upper half: 40000000 > 00000000',
      '18 BAR 2: 01e00000 > 01000000',
      '1c BAR 3: 000010fe > 00000000',
    ],
  ],
  [
    'an expansion ROM, with its enable bit kept',
    { override: [{ at: 0x30, bytes: '010000fe' }] },
    'addresses',
    ['30 expansion ROM: 010000fe > 01000000'],
  ],
  [
    'the windows of a bridge, which are closed then',
    {
      headerType: 1,
      override: [
        { at: 0x1c, bytes: '1121' },
        { at: 0x20, bytes: '00fe10fe' },
        { at: 0x24, bytes: '0100f1ff40000000' },
      ],
    },
    'addresses',
    [
      '1c I/O base: 11 > f1',
      '1d I/O limit: 21 > 01',
      '20 memory base: 00fe > f0ff',
      '22 memory limit: 10fe > 0000',
      '24 prefetchable base: 0100 > f1ff',
      '26 prefetchable limit: f1ff > 0100',
      '28 prefetchable base, upper half: 40000000 > 00000000',
    ],
  ],
  [
    'the windows of a CardBus bridge',
    {
      headerType: 2,
      standard: [],
      override: [
        { at: 0x1c, bytes: '000010fe' },
        { at: 0x2c, bytes: '01d00000' },
      ],
    },
    'addresses',
    // Registers of 0 are an open window, too.
    [
      '1c memory base 0: 000010fe > 00f0ffff',
      '24 memory base 1: 00000000 > 00f0ffff',
      '2c I/O base 0: 01d00000 > fdffffff',
      '34 I/O base 1: 00000000 > fcffffff',
    ],
  ],
  [
    'VF BARs',
    { extended: [{ id: 0x10, body: `${'0'.repeat(64)}0c0000fe40000000${'0'.repeat(40)}` }] },
    'addresses',
    ['124 VF BAR 0: 0c0000fe > 0c000000', '128 VF BAR 0, upper half: 40000000 > 00000000'],
  ],
  [
    'Enhanced Allocation, entry by entry',
    {
      standard: [EXPRESS, { id: 0x14, offset: 0x90, body: `0200${'02000080'}000010fe${'fcff0f00'}${'03010080'}02000000ffff0f0001000000` }],
    },
    'addresses',
    ['98 EA entry 0: 000010fe > 00000000', 'ac EA entry 1, upper half: 01000000 > 00000000'],
  ],
  [
    'Multicast',
    { extended: [{ id: 0x12, body: `000000000c00001001000000${'0'.repeat(48)}`, offset: 0x100 }] },
    'addresses',
    ['108 multicast base address: 0c000010 > 0c000000', '10c multicast base address, upper half: 01000000 > 00000000'],
  ],
  [
    'the base address of an IOMMU',
    { standard: [EXPRESS, { id: 0x0f, offset: 0x90, body: `0b00${'0140b7fe01000000'}` }] },
    'addresses',
    ['94 IOMMU base address: 0140b7fe > 01000000', '98 IOMMU base address, upper half: 01000000 > 00000000'],
  ],
  [
    'links to memory of a Root Complex, and not those to functions',
    { extended: [{ id: 0x05, body: `00020000${'0'.repeat(16)}010000000000000000a0d1fe0100000003000000000000000000100000000000` }] },
    'addresses',
    ['118 link 0: 00a0d1fe > 00000000', '11c link 0, upper half: 01000000 > 00000000'],
  ],
  [
    'memory ranges that IDE streams are for',
    {
      extended: [{ id: 0x30, body: `02000000${'0'.repeat(8)}01000000${'0'.repeat(32)}0100e0ff0100000002000000` }],
    },
    'addresses',
    [
      '120 IDE stream 0, range 0: 0100e0ff > 01000000',
      '124 IDE stream 0, range 0, upper limit: 01000000 > 00000000',
      '128 IDE stream 0, range 0, upper base: 02000000 > 00000000',
    ],
  ],
  [
    'memory ranges of a CXL device',
    { extended: [{ id: 0x23, body: `981e8003000000${'0'.repeat(42)}40000000000000f0${'0'.repeat(32)}` }] },
    'addresses',
    ['120 CXL range 1, upper half: 40000000 > 00000000', '124 CXL range 1: 000000f0 > 00000000'],
  ],
  [
    'windows and the register block of a CXL port, and not its bus numbers',
    {
      extended: [
        { id: 0x23, body: `981e80020300${'0'.repeat(8)}2030${'00fe10fe'}${'0180f18f'}${'4000000041000000'}${'0100d1fe01000000'}` },
      ],
    },
    'addresses',
    [
      '110 CXL alternate memory base: 00fe > f0ff',
      '112 CXL alternate memory limit: 10fe > 0000',
      '114 CXL alternate prefetchable base: 0180 > f1ff',
      '116 CXL alternate prefetchable limit: f18f > 0100',
      '118 CXL alternate prefetchable base, upper half: 40000000 > 00000000',
      '11c CXL alternate prefetchable limit, upper half: 41000000 > 00000000',
      '120 CXL RCRB base: 0100d1fe > 01000000',
      '124 CXL RCRB base, upper half: 01000000 > 00000000',
    ],
  ],
  [
    'of a DVSEC of CXL only what its length reaches',
    { extended: [{ id: 0x23, body: `981e40010300${'0'.repeat(8)}2030${'00fe10fe'}${'0180f18f'}` }] },
    'addresses',
    ['110 CXL alternate memory base: 00fe > f0ff', '112 CXL alternate memory limit: 10fe > 0000'],
  ],
  [
    'the GUID of a hierarchy',
    { extended: [{ id: 0x28, body: `${'0'.repeat(16)}${'ab'.repeat(20)}` }] },
    'serials',
    [`10c system GUID: ${'ab'.repeat(20)} > ${'??'.repeat(20)}`],
  ],
  [
    'the serial number',
    { extended: [{ id: 0x03, body: '0011223344556677' }] },
    'serials',
    ['104 serial number: 0011223344556677 > ????????????????'],
  ],
  [
    'VPD data, and not its address',
    { standard: [EXPRESS, { id: 0x03, offset: 0x80, body: '0c8041424344' }] },
    'serials',
    ['84 VPD data: 41424344 > ????????'],
  ],
];

for (const [what, parts, kind, expected] of VECTORS) {
  test(`redact takes out ${what}`, () => {
    const config = build(parts);
    assert.deepEqual(changes(config, [kind]), expected);
    const others: RedactionKind[] = kind === 'serials' ? ['addresses'] : ['serials'];
    assert.deepEqual(changes(config, others), [], 'the other kind finds nothing');
    assert.deepEqual(changes(config, []), []);
  });
}

test('redact leaves DSN alone in bytes that are no extended space, an echo of the first 256', () => {
  const config = build({ standard: [], extended: [{ id: 0x03, body: '0011223344556677' }] });
  assert.deepEqual(changes(config, ['serials', 'addresses']), []);
});

test('redact takes out of vfio bytes what they hold of a capability that they do not list', () => {
  const serial: CapabilityPart = { id: 0x03, body: '0011223344556677', offset: 0x100 };
  const host = build({ extended: [serial] });
  const vfio = build({ extended: [serial], override: [{ at: 0x100, bytes: '00000000' }] });
  const { spaces, places } = redact([host, vfio], ['serials']);
  assert.deepEqual(places, [{ at: 0x104, length: 8, what: 'serial number' }]);
  assert.deepEqual(
    spaces.map(space => [space.isKnown(0x104), space.isKnown(0x10b), space.isKnown(0x10c)]),
    [
      [false, false, true],
      [false, false, true],
    ],
  );
  assert.ok(host.isKnown(0x104), 'the input stays as it was');
});

/** A copy in which only the bits of `mask` are known of the byte at `at`. */
function knownInPart(config: ConfigSpace, at: number, mask: number): ConfigSpace {
  const bytes = config.bytes.slice();
  const known = new Uint8Array(bytes.length).fill(1);
  const partial = { mask: new Uint8Array(bytes.length), value: new Uint8Array(bytes.length) };
  partial.mask[at] = mask;
  partial.value[at] = (bytes[at] ?? 0) & mask;
  bytes[at] = 0;
  known[at] = 0;
  return new ConfigSpace(bytes, known, partial);
}

test('redact forgets the bits of addresses and of serial numbers in bytes that are known in part, and keeps the others', () => {
  const config = build({ bars: [0xfe00a00c], extended: [{ id: 0x03, body: '0011223344556677' }] });
  const [bar] = redact([knownInPart(config, 0x10, 0x1f)], ['addresses']).spaces;
  assert.deepEqual([bar?.knownBits(0x10), bar?.readKnownBits(0x10), bar?.knownBits(0x11)], [0x0f, 0x0c, 0xff]);
  const [upper] = redact([knownInPart(config, 0x13, 0xf0)], ['addresses']).spaces;
  assert.deepEqual([upper?.knownBits(0x13), upper?.readKnownBits(0x13)], [0, 0]);
  const serial = redact([knownInPart(config, 0x105, 0x0f)], ['serials']);
  assert.deepEqual([serial.spaces[0]?.knownBits(0x105), serial.places], [0, [{ at: 0x104, length: 8, what: 'serial number' }]]);
  const [other] = redact([knownInPart(config, 0x06, 0x10)], ['serials', 'addresses']).spaces;
  assert.deepEqual([other?.knownBits(0x06), other?.readKnownBits(0x06)], [0x10, 0x10]);
});

test('redact forgets all that may hold an address where the kind of the header is not known', () => {
  const { spaces, places } = redact([knownInPart(build({ bars: [0xfe00000c] }), 0x0e, 0x80)], ['addresses']);
  assert.deepEqual(places, [{ at: 0x10, length: 0x2c, what: 'addresses of a header of unknown kind' }]);
  for (let at = 0x10; at < 0x3c; at++) assert.equal(spaces[0]?.knownBits(at), 0);
  assert.ok(spaces[0]?.isKnown(0x3c));
});

test('redact of any bytes ends, changes nothing but what it names, and finds nothing more the second time', () => {
  const space = fc.uint8Array({ minLength: 0, maxLength: 4096 });
  const seeds = VECTORS.map(([, parts]) => build(parts).bytes);
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(0x1ff), fc.nat(255)), { maxLength: 12 }))
    .map(([seed, pokes]) => {
      const bytes = seed.slice();
      for (const [at, value] of pokes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(space, mutated), bytes => {
      const before = new ConfigSpace(bytes);
      const { spaces, places } = redact([before], ['serials', 'addresses']);
      const [after] = spaces;
      const named = (at: number) => places.some(place => at >= place.at && at < place.at + place.length);
      for (let at = 0; at < bytes.length; at++) {
        if (!named(at)) assert.deepEqual([after?.bytes[at], after?.isKnown(at)], [bytes[at], true], `at ${at}`);
      }
      assert.deepEqual(redact(spaces, ['serials']).places, []);
    }),
    { numRuns: 300 },
  );
});
