/** Extended capabilities 01h to 18h: every bit that is decoded is encoded again, and real registers decode to what they say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHexBytes, parseHexBytes } from '../../bytes/hex.ts';
import { type CapabilityType, decodeCapability, encodeCapability } from '../capability.ts';
import { ConfigSpace } from '../config-space.ts';
import { EXTENDED_CAPABILITIES } from './index.ts';

const FIRST = 0x100;
const ROOT_PORT = 4;
const ENDPOINT = 0;

/** A config space of a function of this Device/Port Type with `capability` at 100h. */
function configSpace(capability: Uint8Array, type: number): ConfigSpace {
  const bytes = new Uint8Array(0x1000);
  bytes[0x06] = 0x10;
  bytes[0x34] = 0x40;
  bytes.set([0x10, 0, 2 | (type << 4)], 0x40);
  bytes.set(capability, FIRST);
  return new ConfigSpace(bytes);
}

function findType(id: number): CapabilityType {
  const type = EXTENDED_CAPABILITIES.find(one => one.id === id);
  assert.ok(type, `no type for ${id.toString(16)}h`);
  return type;
}

interface Extent {
  /** Bytes of the capability, from its own registers; the test's knowledge, not the declaration's. */
  readonly length: (bytes: Uint8Array, type: number) => number;
  /** Makes random bytes fit in a config space. */
  readonly shape?: (bytes: Uint8Array) => void;
}

const always = (length: number): Extent => ({ length: () => length });

const u32 = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

/** Phases of the longest arbitration scheme of a mask: 32, 64, 128, 128 (time-based), 256. */
const phases = (mask: number, schemes: number) =>
  Math.max(0, ...[0, 32, 64, 128, 128, 256].slice(0, schemes).filter((_, i) => (mask >> i) & 1));

/** The tables of a Virtual Channel one after the other behind the resources: `place` is called with each offset byte and length. */
function virtualChannelLength(bytes: Uint8Array, place: (at: number, offset: number) => void): number {
  const count = (bytes[4] & 7) + 1;
  let end = 0x10 + 12 * count;
  const put = (at: number, length: number): void => {
    // 16-byte units; what lies between is no register.
    const start = Math.ceil(end / 16) * 16;
    if (length > 0) bytes.fill(0, end, start);
    place(at, start / 16);
    if (length > 0) end = start + length;
  };
  put(0x0b, phases(bytes[8], 4) / 2);
  for (let i = 0; i < count; i++) put(0x13 + 12 * i, (phases(bytes[0x10 + 12 * i], 6) * (1 << ((bytes[5] >> 2) & 3))) / 8);
  return end;
}

const virtualChannel: Extent = {
  length: bytes => virtualChannelLength(bytes.slice(), () => undefined),
  shape(bytes) {
    // No table of 256 phases of 8 bits for each of 8 channels: offsets end at 255 units.
    bytes[5] &= ~0x08;
    virtualChannelLength(bytes, (at, offset) => {
      bytes[at] = offset;
    });
  },
};

const EXTENTS: Readonly<Record<number, Extent>> = {
  1: {
    length(bytes, type) {
      const control = u32(bytes, 0x18);
      const log = Math.max((control & 0x800) !== 0 ? 4 : 0, ((control >>> 13) & 31) - 4);
      return log > 0 ? 0x38 + 4 * log : type === ROOT_PORT ? 0x38 : 0x2c;
    },
  },
  2: virtualChannel,
  3: always(0x0c),
  4: always(0x10),
  5: {
    length: bytes => 0x10 + 16 * bytes[5],
    shape: bytes => {
      bytes[5] &= 0x3f;
    },
  },
  6: always(0x0c),
  7: { length: bytes => (bytes[2] >= 2 ? 0x0c : 0x08) },
  8: virtualChannel,
  9: virtualChannel,
  10: always(0x14),
  11: {
    length: bytes => Math.max(u32(bytes, 4) >>> 20, 8),
    shape: bytes => {
      bytes[7] &= 0x7f;
    },
  },
  12: always(0x04),
  13: { length: bytes => ((bytes[4] & 0x20) === 0 ? 0x08 : 0x08 + 4 * Math.ceil((bytes[5] || 256) / 32)) },
  14: always(0x08),
  15: always(0x08),
  16: always(0x40),
  17: always(0x04),
  18: { length: (_, type) => (type === ROOT_PORT ? 0x30 : 0x28) },
  19: always(0x10),
  20: always(0x04),
  21: { length: bytes => 0x04 + 8 * Math.min(Math.max(bytes[8] >> 5, 1), 6) },
  22: { length: bytes => 0x11 + (bytes[4] & 31) },
  23: {
    length: bytes => 0x0c + (((bytes[5] >> 1) & 3) === 1 ? 2 * ((u32(bytes, 4) >>> 16) & 0x7ff) + 2 : 0),
    shape: bytes => {
      bytes[7] &= 0x03;
    },
  },
  24: always(0x08),
};

for (const [key, { length, shape }] of Object.entries(EXTENTS)) {
  const id = Number(key);
  const type = findType(id);
  test(`encodeCapability undoes decodeCapability for ${type.name} (${id.toString(16).padStart(2, '0')}h)`, () => {
    const pattern = fc.uint8Array({ minLength: 97, maxLength: 97 });
    fc.assert(
      fc.property(pattern, fc.constantFrom(ENDPOINT, ROOT_PORT), fc.integer({ min: 1, max: 3 }), (some, port, version) => {
        const bytes = Uint8Array.from({ length: 0xef0 }, (_, i) => some[i % some.length]);
        bytes.set([id, 0, version, 0]);
        shape?.(bytes);
        const end = length(bytes, port);
        const { fields, missing } = decodeCapability(type, configSpace(bytes, port), FIRST);
        assert.deepEqual(missing, []);
        assert.equal(formatHexBytes(encodeCapability(type, fields, version)), formatHexBytes(bytes.subarray(0, end)));
      }),
      { numRuns: 200 },
    );
  });

  test(`decodeCapability ends and does not throw for any ${type.name}, known to any length`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 0x200, size: 'max' }), fc.integer({ min: 0, max: 0xfff }), (bytes, at) => {
        const { fields, missing } = decodeCapability(type, new ConfigSpace(bytes), at);
        assert.equal(typeof fields, 'object');
        if (at + 8 > bytes.length && length(new Uint8Array(0x1000), ENDPOINT) >= 8) assert.ok(missing.length > 0);
      }),
      { numRuns: 50 },
    );
  });
}

/** Registers from offset 4 as real devices have them, and what some of their fields say. */
const VECTORS: readonly { readonly id: number; readonly port?: number; readonly bytes: string; readonly fields: object }[] = [
  {
    id: 0x01,
    bytes: '0000100000000000112006000000000000200000bf00000000000000000000000000000000000000',
    fields: {
      uncorrectableStatus: { unsupportedRequest: true },
      uncorrectableSeverity: { undefinedBit: true, dataLinkProtocol: true, flowControlProtocol: true, malformedTlp: true },
      correctableMask: { advisoryNonFatal: true, receiver: false },
      control: { firstErrorPointer: 31, ecrcGenerationCapable: true, ecrcGenerationEnable: false, headerLogSize: 0 },
      headerLog: [0, 0, 0, 0],
      tlpPrefixLog: [],
    },
  },
  {
    // A header of 14 dwords in Flit Mode, logged in a Root Port.
    id: 0x01,
    port: ROOT_PORT,
    bytes: `0000040000000000000000000000000000000000${'12c07500'}${'01000000'.repeat(4)}${'0700000054000010'}${'00010002'}${'02000000'.repeat(10)}`,
    fields: {
      control: { firstErrorPointer: 18, headerLogSize: 14, loggedTlpWasFlitMode: true, loggedTlpSize: 14 },
      headerLog: [1, 1, 1, 1],
      rootErrorCommand: { correctableEnable: true, nonFatalEnable: true, fatalEnable: true },
      rootErrorStatus: { uncorrectableReceived: true, firstUncorrectableFatal: true, fatalReceived: true, interruptMessageNumber: 2 },
      correctableSourceId: 0x0100,
      uncorrectableSourceId: 0x0200,
      tlpPrefixLog: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    },
  },
  {
    id: 0x02,
    bytes: `01000000030000070000000001000000ff00008000000000010000000000000100000000${'00'.repeat(0x48)}${'10'.repeat(16)}`,
    fields: {
      capability1: { extendedChannels: 1, tableEntryBits: 1 },
      capability2: { fixed: true, wrr32: true, wrr64: false, tableOffset: 7 },
      resources: [
        { capability: { fixed: true }, control: { trafficClasses: 255, id: 0, enable: true, arbitration: 'fixed' } },
        { control: { trafficClasses: 0, id: 1, enable: false } },
      ],
      arbitrationTable: '10'.repeat(16),
    },
  },
  { id: 0x03, bytes: '0025388c31500a2b', fields: { serialNumber: 0x2b0a50318c382500n } },
  {
    id: 0x04,
    bytes: '03000000ff5a070001000000',
    fields: { dataSelect: 3, data: { basePower: 255, dataScale: 2, pmSubState: 6, pmState: 2, type: 6, powerRail: 1 } },
  },
  {
    id: 0x05,
    bytes: '0001020f0000000000000000010002000000000000c0d1fe00000000',
    fields: {
      self: { elementType: 'configurationSpace', linkCount: 1, componentId: 2, portNumber: 15 },
      links: [{ description: { valid: true, type: 'memoryMapped', targetComponentId: 2 }, address: 0xfed1c000n }],
    },
  },
  {
    id: 0x06,
    bytes: '13ed430403004100',
    fields: {
      capabilities: { maxLinkSpeed: 3, maxLinkWidth: 17, aspmSupport: 3, l0sExitLatency: 6, l1ExitLatency: 7, supportedLinkSpeeds: 0x10 },
      control: { aspmControl: 3 },
      status: { currentLinkSpeed: 1, negotiatedLinkWidth: 4 },
    },
  },
  { id: 0x07, bytes: '0000000000ff0000', fields: { deviceBitmap: 0, associatedBuses: { next: 255, last: 0 } } },
  {
    id: 0x0a,
    bytes: '868034120100000001000000',
    fields: { vendorId: 0x8086, deviceId: 0x1234, capabilities: { rrsSoftwareVisibility: true } },
  },
  { id: 0x0b, bytes: '4000c10400008001', fields: { header: { id: 0x40, revision: 1, length: 0x4c } } },
  {
    id: 0x0d,
    bytes: '1f000000',
    fields: { capability: { sourceValidation: true, upstreamForwarding: true, p2pEgressControl: false, egressVectorSize: 256 } },
  },
  {
    id: 0x0d,
    bytes: '60242000341200000f000000',
    fields: { capability: { p2pEgressControl: true, egressVectorSize: 36 }, egressControlVector: '341200000f000000' },
  },
  { id: 0x0e, bytes: '02030000', fields: { capability: { mfvcFunctionGroups: false, acsFunctionGroups: true, nextFunction: 3 } } },
  {
    id: 0x0f,
    bytes: '20000080',
    fields: { capability: { invalidateQueueDepth: 32, pageAlignedRequest: true }, control: { enable: true, smallestTranslationUnit: 0 } },
  },
  {
    id: 0x10,
    bytes: `02000000190000000800080008000000010001000000${'34a0'}5305000001000000${'0400408800000000'}${'00'.repeat(16)}${'0b000000'}`,
    fields: {
      capabilities: { vfMigrationCapable: false, ariCapableHierarchyPreserved: true, vfMigrationInterruptMessageNumber: 0 },
      control: { vfEnable: true, vfMigrationEnable: false, vfMemorySpaceEnable: true, ariCapableHierarchy: true },
      initialVfs: 8,
      totalVfs: 8,
      numVfs: 8,
      firstVfOffset: 1,
      vfStride: 1,
      vfDeviceId: 0xa034,
      supportedPageSizes: 0x553,
      systemPageSize: 1,
      vfBars: [0x88400004, 0, 0, 0, 0, 0],
      vfMigrationState: { bar: 3, offset: 8 },
    },
  },
  {
    id: 0x12,
    port: ROOT_PORT,
    bytes: `3f800280${'0c00e0ff01000000'}${'00'.repeat(24)}${'46000080ff000000'}`,
    fields: {
      capability: { maxGroups: 64, ecrcRegenerationSupported: true },
      control: { numGroups: 3, enable: true },
      base: { indexPosition: 12, addressLow: 0xffe00000 },
      baseHigh: 1,
      overlay: { size: 6, addressLow: 0x80000040 },
      overlayHigh: 255,
    },
  },
  {
    id: 0x13,
    bytes: '010002810001000020000000',
    fields: {
      control: { enable: true, reset: false },
      status: { responseFailure: false, unexpectedGroupIndex: true, stopped: true, responsePasidRequired: true },
      outstandingCapacity: 256,
      outstandingAllocation: 32,
    },
  },
  {
    id: 0x15,
    bytes: '0003000020240000',
    fields: { bars: [{ capability: { supportedSizes: 0x30 }, control: { barIndex: 0, barCount: 1, size: 36 } }] },
  },
  {
    id: 0x16,
    bytes: '0221140a0100000002010000643219',
    fields: { capability: { substateMax: 2, transitionLatencyUnit: 1, powerAllocationScale: 2 }, substatePower: [100, 50, 25] },
  },
  {
    id: 0x17,
    bytes: '0502010001010000aa00bb01',
    fields: {
      capability: { tableLocation: 'capability', tableSize: 2 },
      steeringTags: [
        { lower: 0xaa, upper: 0 },
        { lower: 0xbb, upper: 1 },
      ],
    },
  },
  { id: 0x17, bytes: '00030f0000000000', fields: { capability: { extendedRequester: true, tableLocation: 'capability', tableSize: 16 } } },
  { id: 0x18, bytes: '03100310', fields: { maxSnoop: { value: 3, scale: 4 }, maxNoSnoop: { value: 3, scale: 4 } } },
];

/** Whether `whole` holds all that `part` says. */
function assertHolds(whole: unknown, part: unknown, path: string): void {
  if (typeof part !== 'object' || part === null) assert.deepEqual(whole, part, path);
  else
    for (const [key, value] of Object.entries(part))
      assertHolds((whole as Record<string, unknown> | undefined)?.[key], value, `${path}.${key}`);
}

for (const { id, port = ENDPOINT, bytes, fields } of VECTORS) {
  const type = findType(id);
  test(`decodeCapability reads ${type.name} ${bytes.slice(0, 32)}`, () => {
    const capability = new Uint8Array([id, 0, 2, 0, ...parseHexBytes(bytes)]);
    assertHolds(decodeCapability(type, configSpace(capability, port), FIRST).fields, fields, type.name);
  });
}

/** Single bits that no other test names: the register's offset, the bit and the field that it sets. */
const FLAGS: readonly (readonly [number, number, number, string])[] = [
  [0x01, 0x18, 18, 'control.loggedTlpWasFlitMode'],
  [0x06, 0x08, 7, 'control.extendedSynch'],
  [0x0a, 0x0c, 0, 'control.rrsSoftwareVisibilityEnable'],
  [0x0d, 0x04, 7, 'capability.enhanced'],
  [0x0d, 0x04, 16, 'control.sourceValidation'],
  [0x0d, 0x04, 23, 'control.ioRequestBlocking'],
  [0x0d, 0x04, 28, 'control.unclaimedRequestRedirect'],
  [0x0f, 0x04, 6, 'capability.globalInvalidateSupported'],
  [0x0f, 0x04, 7, 'capability.relaxedOrderingSupported'],
  [0x10, 0x04, 2, 'capabilities.vf10BitTagRequesterSupported'],
  [0x10, 0x04, 3, 'capabilities.vf14BitTagRequesterSupported'],
  [0x10, 0x08, 5, 'control.vf10BitTagRequesterEnable'],
  [0x10, 0x08, 6, 'control.vf14BitTagRequesterEnable'],
  [0x16, 0x0c, 8, 'status.substateControlEnabled'],
  [0x17, 0x04, 0, 'capability.noSteeringTagMode'],
];

test('decodeCapability sets exactly the flag whose bit is set', () => {
  for (const [id, at, n, path] of FLAGS) {
    const bytes = new Uint8Array(0x48);
    bytes[0] = id;
    bytes[at + (n >> 3)] = 1 << (n & 7);
    const [register = '', field = ''] = path.split('.');
    const { fields } = decodeCapability(findType(id), configSpace(bytes, ENDPOINT), FIRST);
    const flags = (fields as Record<string, Record<string, unknown>>)[register];
    assert.deepEqual(
      Object.keys(flags).filter(key => flags[key] === true),
      [field],
      path,
    );
  }
});

test('aer decodes root registers only in a Root Port and in an Event Collector', () => {
  const type = findType(1);
  const bytes = new Uint8Array(0x48).fill(0xff);
  for (let port = 0; port < 16; port++) {
    const { fields } = decodeCapability(type, configSpace(bytes, port), FIRST);
    assert.equal('rootErrorCommand' in fields, port === ROOT_PORT || port === 10, `type ${port}`);
  }
  assert.equal('rootErrorStatus' in decodeCapability(type, new ConfigSpace(bytes), 0).fields, false, 'no PCI Express capability');
});

test('decodeCapability is complete for lengths that run past the end of config space', () => {
  const broken: readonly (readonly [number, string])[] = [
    [0x02, '00000000080000ff0000000020000000'],
    [0x0b, '0000f0ff'],
    [0x17, '0002ff0700000000'],
  ];
  for (const [id, bytes] of broken) {
    const capability = new Uint8Array([id, 0, 1, 0, ...parseHexBytes(bytes)]);
    assert.deepEqual(decodeCapability(findType(id), configSpace(capability, ENDPOINT), FIRST).missing, []);
  }
});
