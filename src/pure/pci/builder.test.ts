import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHexBytes } from '../bytes/hex.ts';
import { buildConfigSpace, capabilityPart } from './builder.ts';
import { ats } from './extended/ats.ts';
import { walkExtended, walkStandard } from './walk.ts';

const DEVICE = { vendorId: 0x8086, deviceId: 0x1533, classCode: 0x020000 };
const ATS = capabilityPart(ats, {
  capability: { invalidateQueueDepth: 32, pageAlignedRequest: true, globalInvalidateSupported: false, relaxedOrderingSupported: false },
  control: { smallestTranslationUnit: 0, enable: true },
});
const VENDOR = { id: 9, body: '0cffff' } as const;

test('buildConfigSpace writes the header', () => {
  const config = buildConfigSpace({
    ...DEVICE,
    revisionId: 3,
    command: 0x406,
    bars: [0xfb100000, 0x0000f021],
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
    interruptLine: 11,
    interruptPin: 1,
  });
  assert.equal(config.bytes.length, 256);
  assert.equal(
    formatHexBytes(config.bytes.subarray(0, 0x40)),
    '86803315060400000300000200000000000010fb21f000000000000000000000'.concat(
      '000000000000000000000000f41a00110000000000000000000000000b010000',
    ),
  );
});

test('buildConfigSpace chooses places and links both lists in their order', () => {
  const config = buildConfigSpace({
    ...DEVICE,
    standard: [VENDOR, { id: 1, body: new Uint8Array(6), offset: 0x80 }, { id: 0x10, body: new Uint8Array(0x3a) }],
    extended: [ATS, { id: 0x0b, body: new Uint8Array(9), version: 2, offset: 0x200 }, { id: 3, body: '00' }],
  });
  assert.equal(config.bytes.length, 4096);
  const standard = walkStandard(config);
  assert.deepEqual(standard.findings, []);
  assert.deepEqual(
    standard.capabilities.map(({ id, offset, next }) => [id, offset, next]),
    [
      [9, 0x40, 0x80],
      [1, 0x80, 0x88],
      [0x10, 0x88, 0],
    ],
  );
  const extended = walkExtended(config);
  assert.deepEqual(extended.findings, []);
  assert.deepEqual(
    extended.capabilities.map(({ id, offset, version }) => [id, offset, version]),
    [
      [0x0f, 0x100, 1],
      [0x0b, 0x200, 2],
      [3, 0x108, 1],
    ],
  );
  assert.equal(formatHexBytes(config.bytes.subarray(0x100, 0x108)), '0f00012020000080');
});

test('buildConfigSpace puts the pointer of a CardBus bridge where that header has it', () => {
  const config = buildConfigSpace({
    ...DEVICE,
    headerType: 2,
    subsystemVendorId: 0x10cf,
    standard: [{ id: 1, body: '0000', offset: 0xa0 }],
  });
  assert.equal(config.bytes[0x14], 0xa0);
  assert.equal(config.read(0x40, 2), 0x10cf);
  assert.equal(walkStandard(config).capabilities[0]?.offset, 0xa0);
});

test('buildConfigSpace lets raw bytes have the last word', () => {
  const config = buildConfigSpace({
    ...DEVICE,
    size: 4096,
    override: [
      { at: 0, bytes: 'ffff' },
      { at: 0xfff, bytes: Uint8Array.of(7) },
    ],
  });
  assert.equal(config.read(0, 2), 0xffff);
  assert.equal(config.read(0xfff, 1), 7);
});

const INVALID: { name: string; parts: Partial<Parameters<typeof buildConfigSpace>[0]>; words: RegExp }[] = [
  { name: 'an odd size', parts: { size: 100 }, words: /^config space of 100 bytes: wanted 64, 256 or 4096$/ },
  { name: 'a vendor of 17 bits', parts: { vendorId: 0x10000 }, words: /^65536 does not fit in the 2 bytes at 0x0$/ },
  { name: 'too many BARs', parts: { headerType: 1, bars: [1, 2, 3] }, words: /^3 BARs: a header of type 1 has 2$/ },
  {
    name: 'capabilities that overlap',
    parts: {
      standard: [
        { ...VENDOR, offset: 0x40 },
        { ...VENDOR, offset: 0x44 },
      ],
    },
    words: /^standard capabilities at 0x40 and 0x44 overlap$/,
  },
  {
    name: 'a place in the header',
    parts: { standard: [{ ...VENDOR, offset: 0x3c }] },
    words: /^standard capability at 0x3c: wanted a multiple of 4/,
  },
  {
    name: 'a place between dwords',
    parts: { standard: [{ ...VENDOR, offset: 0x42 }] },
    words: /wanted a multiple of 4 from 0x40 to 0xfc$/,
  },
  {
    name: 'a capability over the end',
    parts: { standard: [{ ...VENDOR, offset: 0xfc }] },
    words: /^standard capability at 0xfc does not fit: it ends at 0x100$/,
  },
  {
    name: 'more than there is room for',
    parts: {
      standard: [
        { id: 9, body: new Uint8Array(180) },
        { id: 9, body: new Uint8Array(20) },
      ],
    },
    words: /^a standard capability of 22 bytes does not fit any more$/,
  },
  {
    name: 'an extended list that begins elsewhere',
    parts: { extended: [{ ...ATS, offset: 0x200 }] },
    words: /placed at 0x200: wanted 0x100$/,
  },
  { name: 'a capability in the wrong list', parts: { standard: [ATS] }, words: /^ATS is no standard capability: it is extended$/ },
  { name: 'an ID of 9 bits', parts: { standard: [{ id: 0x100, body: '' }] }, words: /^256 is no ID of a standard capability$/ },
  { name: 'bytes beyond the end', parts: { override: [{ at: 0xff, bytes: '0000' }] }, words: /^override of 2 bytes at 0xff does not fit$/ },
];

for (const { name, parts, words } of INVALID) {
  test(`buildConfigSpace refuses ${name}`, () => {
    assert.throws(() => buildConfigSpace({ ...DEVICE, ...parts }), { name: 'RangeError', message: words });
  });
}
