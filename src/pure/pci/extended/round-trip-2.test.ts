/** Extended capabilities from 19h on: every bit that is decoded is encoded again, and real registers decode to what they say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHexBytes, parseHexBytes } from '../../bytes/hex.ts';
import { decodeCapability, encodeCapability } from '../capability.ts';
import { ConfigSpace } from '../config-space.ts';
import { walkExtended } from '../walk.ts';
import { ide } from './ide.ts';
import { EXTENDED_CAPABILITIES, extendedCapabilityFor } from './index.ts';
import { linkLanes, MOST_LANES } from './lanes.ts';
import { NAME_ONLY } from './name-only.ts';
import { secondaryPcieFor } from './secondary-pcie.ts';

const FIRST = 0x100;

/** A config space of an endpoint whose link has `lanes`, with `capability` at 100h. */
function configSpace(capability: Uint8Array, lanes: number): ConfigSpace {
  const bytes = new Uint8Array(0x1000);
  bytes[0x06] = 0x10;
  bytes[0x34] = 0x40;
  bytes.set([0x10, 0, 2], 0x40);
  bytes.set([(lanes << 4) & 0xf0, lanes >> 4], 0x4c);
  bytes.set(capability, FIRST);
  return new ConfigSpace(bytes);
}

interface Extent {
  /** Bytes of the capability, from its own registers; the test's knowledge, not the declaration's. */
  readonly length: (bytes: DataView, lanes: number) => number;
  /** Makes random bytes fit in a config space and in a case worth trying. */
  readonly shape?: (bytes: Uint8Array) => void;
}

const always = (length: number): Extent => ({ length: () => length });
const laned = (start: number, stride: number): Extent => ({ length: (_bytes, lanes) => start + stride * lanes });

function dpcLength(bytes: DataView): number {
  const capability = bytes.getUint16(4, true);
  if ((capability & 0x20) === 0) return 0x0c;
  return 0x20 + 4 * (((capability >> 8) & 15) + ((capability & 0x2000) !== 0 ? 16 : 0));
}

function ideLength(bytes: DataView): number {
  const capability = bytes.getUint32(4, true);
  let end = 0x0c;
  if ((capability & 1) !== 0) end += 8 * (((capability >> 13) & 7) + 1);
  if ((capability & 2) !== 0)
    for (let left = ((capability >> 16) & 0xff) + 1; left > 0; left--) end += 20 + 12 * (bytes.getUint32(end, true) & 15);
  return end;
}

/** Half of the DVSECs are of CXL, with an ID and revision that are assigned and every length around the right ones. */
function shapeDvsec(bytes: Uint8Array): void {
  bytes[7] &= 0x07;
  if ((bytes[0x0c] & 1) === 0) return;
  bytes.set([0x98, 0x1e, bytes[6] & 0xf3, 0, bytes[8] % 12, 0], 4);
  bytes[7] = bytes[0x0d] & 0x07;
}

const EXTENTS: Readonly<Record<number, Extent>> = {
  25: laned(0x0c, 2),
  26: { length: bytes => 0x10 + 4 * (bytes.getUint8(4) & 63) },
  27: always(0x08),
  28: always(0x08),
  29: { length: dpcLength },
  30: { length: bytes => ((bytes.getUint8(4) & 0x20) === 0 ? 0x10 : 0x14) },
  31: always(0x0c),
  32: always(0x1c),
  33: always(0x10),
  34: always(0x0c),
  35: { length: bytes => Math.max(bytes.getUint16(6, true) >> 4, 0x0a), shape: shapeDvsec },
  36: { length: bytes => 4 + 8 * Math.min(Math.max(bytes.getUint8(8) >> 5, 1), 6) },
  37: always(0x0c),
  38: laned(0x20, 1),
  39: laned(0x08, 4),
  40: always(0x20),
  41: always(0x10),
  42: laned(0x20, 1),
  43: { length: bytes => 0x14 + ((bytes.getUint8(5) & 1) === 0 ? 0 : 4 * Math.max(Math.ceil(bytes.getUint8(4) / 32), 1)) },
  44: always(0x14),
  45: always(0x0c),
  46: always(0x18),
  47: always(0x10),
  // Few enough selective streams.
  48: { length: ideLength, shape: bytes => (bytes[6] &= 0x07) },
  49: laned(0x10, 1),
  ...Object.fromEntries(NAME_ONLY.map(({ id }) => [id, always(4)])),
};

test('EXTENDED_CAPABILITIES has one type for each ID from 19h on, none is left out, and EXTENTS knows how long each is', () => {
  const ids = EXTENDED_CAPABILITIES.map(type => type.id).filter(id => id >= 0x19);
  const all = Array.from({ length: ids.length }, (_, i) => 0x19 + i);
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    all,
  );
  assert.deepEqual(Object.keys(EXTENTS), all.map(String));
});

for (const [key, { length, shape }] of Object.entries(EXTENTS)) {
  const id = Number(key);
  test(`encodeCapability gives back the bytes that extendedCapabilityFor decoded, ID ${id.toString(16)}h`, () => {
    const body = fc.uint8Array({ minLength: 0xd00, maxLength: 0xd00 });
    fc.assert(
      fc.property(body, fc.integer({ min: 0, max: MOST_LANES }), (bytes, lanes) => {
        bytes.set([id, 0, 1, 0]);
        shape?.(bytes);
        const config = configSpace(bytes, lanes);
        const [ref] = walkExtended(config).capabilities;
        assert.ok(ref);
        const type = extendedCapabilityFor(config, ref);
        assert.ok(type);
        const { fields, missing } = decodeCapability(type, config, FIRST);
        assert.deepEqual(missing, []);
        const encoded = encodeCapability(type, fields);
        assert.equal(encoded.length, length(new DataView(bytes.buffer), lanes));
        assert.equal(formatHexBytes(encoded), formatHexBytes(bytes.subarray(0, encoded.length)));
      }),
      { numRuns: 200, seed: id },
    );
  });
}

const LANE_COUNTS = [
  { says: 'the maximum link width', width: 16, lanes: 16 },
  { says: 'the widest', width: 32, lanes: 32 },
  { says: 'none for a reserved width', width: 33, lanes: 0 },
];
for (const { says, width, lanes } of LANE_COUNTS) {
  test(`linkLanes is ${says}`, () => assert.equal(linkLanes(configSpace(new Uint8Array(0), width)), lanes));
}

test('linkLanes is 0 without a PCI Express capability and where its bytes are unknown', () => {
  assert.equal(linkLanes(new ConfigSpace(new Uint8Array(0x100))), 0);
  assert.equal(linkLanes(new ConfigSpace(configSpace(new Uint8Array(0), 4).bytes.slice(0, 0x48))), 0);
});

test('laneCapability makes one type for each number of lanes and refuses others', () => {
  assert.equal(secondaryPcieFor(4), secondaryPcieFor(4));
  assert.notEqual(secondaryPcieFor(4), secondaryPcieFor(8));
  assert.throws(() => secondaryPcieFor(33), new RangeError('33 lanes: wanted 0 to 32'));
});

test('extendedCapabilityFor is null for a standard capability and for an ID without a type', () => {
  const config = configSpace(new Uint8Array(0), 4);
  const ref = { kind: 'extended', id: 0x1b, offset: FIRST, version: 1, next: 0 } as const;
  assert.equal(extendedCapabilityFor(config, { ...ref, kind: 'standard' }), null);
  assert.equal(extendedCapabilityFor(config, { ...ref, id: 0x7fff }), null);
  assert.equal(extendedCapabilityFor(config, ref)?.name, 'PASID');
});

test('extendedCapabilityFor ends on streams that reach beyond config space and says what is missing', () => {
  const config = configSpace(
    Uint8Array.from({ length: 0xf00 }, (_, i) => (i === 0 ? 0x30 : i < 4 ? 0 : 0xff)),
    4,
  );
  const [ref] = walkExtended(config).capabilities;
  assert.ok(ref);
  const type = extendedCapabilityFor(config, ref);
  assert.ok(type);
  const { missing } = decodeCapability(type, config, FIRST);
  assert.equal(missing.length, 1);
});

const PRESETS_4 = [5, 5, 4, 4].map(preset => ({ downstreamPortTransmitterPreset: 0, upstreamPortTransmitterPreset: preset }));
const NO_COMMAND = { receiverNumber: 0, marginType: 7, usageModel: false, marginPayload: 0x9c };
const EMPTY_BLOCK = { low: { barIndex: 0, identifier: 'empty', offsetLow: 0 }, offsetHigh: 0 };
const IO_MEM_FLIT_68B = {
  cache: false,
  io: true,
  mem: true,
  flit68BAndVh: true,
  multiLogicalDevice: false,
  flit256B: false,
  pbrFlit: false,
};

/** Registers of real devices (the one made by hand says so), and some of what they decode to. */
const VECTORS: readonly { says: string; hex: string; lanes?: number; fields: Readonly<Record<string, unknown>> }[] = [
  {
    says: 'presets and hints of each lane of Secondary PCIe',
    hex: '1900010000000000000000007400740074007400',
    lanes: 2,
    fields: {
      laneErrorStatus: 0,
      lanes: Array(2).fill({
        downstreamPortTransmitterPreset: 4,
        downstreamPortReceiverPresetHint: 7,
        upstreamPortTransmitterPreset: 0,
        upstreamPortReceiverPresetHint: 0,
      }),
    },
  },
  {
    says: 'a PASID width of 20 and what is enabled',
    hex: '1b00010002140300',
    fields: {
      capability: {
        executePermissionSupported: true,
        privilegedModeSupported: false,
        translatedRequestsWithPasidSupported: false,
        maxPasidWidth: 20,
      },
      control: { enable: true, executePermissionEnable: true, privilegedModeEnable: false, translatedRequestsWithPasidEnable: false },
    },
  },
  {
    says: 'times of L1 PM Substates',
    hex: '1e0001001f2828000f3ca04031000000',
    fields: {
      control1: {
        pciPmL1_2: true,
        pciPmL1_1: true,
        aspmL1_2: true,
        aspmL1_1: true,
        linkActivationInterruptEnable: false,
        linkActivationControl: false,
        commonModeRestoreTime: 60,
        ltrL1_2ThresholdValue: 160,
        ltrL1_2ThresholdScale: 2,
      },
      control2: { tPowerOnScale: 1, tPowerOnValue: 6 },
    },
  },
  {
    says: 'the clock of a PTM root',
    hex: '1f00010006d5000003000000',
    fields: { control: { enable: true, rootSelect: true, effectiveGranularity: 0 } },
  },
  {
    says: 'both ends of the Data Link Feature exchange',
    hex: '250001000100008001000080',
    fields: {
      status: { scaledFlowControl: true, immediateReadiness: false, extendedVcCount: 0, l0pExitLatency: 0, remoteValid: true },
    },
  },
  {
    says: 'presets of each lane at 16.0 GT/s',
    hex: '2600010000000000000000000f0000000100000001000000010000000000000050504040',
    lanes: 4,
    fields: { secondRetimerDataParityMismatch: 1, lanes: PRESETS_4 },
  },
  {
    says: 'a lane that has no margin command',
    hex: '2700010000000300389c389c389c389c',
    lanes: 2,
    fields: { portStatus: { ready: true, softwareReady: true }, lanes: Array(2).fill({ control: NO_COMMAND, status: NO_COMMAND }) },
  },
  {
    says: 'a data object that is ready',
    hex: '2e0001000300000002000000000000800000000000000000',
    fields: {
      status: { busy: false, interruptStatus: false, error: false, asyncMessageStatus: false, atAttention: false, dataObjectReady: true },
    },
  },
  {
    says: 'the protocols of a Flex Bus Port and no registers of a newer revision',
    hex: '23000100981e41010700260026000600060000000000',
    fields: {
      header: { vendorId: 0x1e98, revision: 1, length: 20 },
      dvsecId: 7,
      cxlFlexBusPort: {
        capability: IO_MEM_FLIT_68B,
        control: {
          ...IO_MEM_FLIT_68B,
          syncHeaderBypass: false,
          driftBuffer: false,
          disableRcdTraining: false,
          retimer1: false,
          retimer2: false,
        },
        status: {
          ...IO_MEM_FLIT_68B,
          flit68BAndVh: false,
          syncHeaderBypass: false,
          driftBuffer: false,
          evenHalfFailed: false,
          correctableProtocolIdFramingError: false,
          uncorrectableProtocolIdFramingError: false,
          unexpectedProtocolIdDropped: false,
          retimersPresentMismatched: false,
          flexBusEnableBitsPhase2Mismatch: false,
        },
        receivedModifiedTsDataPhase1: { data: 6 },
      },
    },
  },
  {
    says: 'the register blocks of a CXL device',
    hex: '23000100981e4002080000000001000000000000000301000000000000000000000000000000',
    fields: {
      cxlRegisterLocator: {
        blocks: [
          { low: { barIndex: 0, identifier: 'component registers', offsetLow: 0 }, offsetHigh: 0 },
          { low: { barIndex: 0, identifier: 'CXL device registers', offsetLow: 1 }, offsetHigh: 0 },
          EMPTY_BLOCK,
        ],
      },
    },
  },
  {
    says: 'the raw body of a DVSEC of another vendor (made by hand)',
    hex: '23000100868000010100aabbccddeeff',
    fields: { header: { vendorId: 0x8086, revision: 0, length: 16 }, dvsecId: 1, body: 'aabbccddeeff' },
  },
];

for (const { says, hex, lanes = 0, fields } of VECTORS) {
  test(`extendedCapabilityFor decodes ${says}`, () => {
    const config = configSpace(parseHexBytes(hex), lanes);
    const [ref] = walkExtended(config).capabilities;
    assert.ok(ref);
    const type = extendedCapabilityFor(config, ref);
    assert.ok(type);
    const decoded: Readonly<Record<string, unknown>> = decodeCapability(type, config, FIRST).fields;
    for (const [name, value] of Object.entries(fields)) assert.deepEqual(decoded[name], value, name);
  });
}

test('extendedCapabilityFor finds selective streams one behind the other, each with its address blocks', () => {
  const bytes = new Uint8Array(0x100);
  const view = new DataView(bytes.buffer);
  // Two selective streams and no link stream: the first with one address block, so that the second stands 32 bytes behind it.
  const dwords = [0x10030, 0x10002, 0, 1, 0x01000001, 2, 0, 0, 0xfff00101, 0xf, 0xe, 0, 0x05400000];
  dwords.forEach((dword, i) => {
    view.setUint32(4 * i, dword, true);
  });
  const config = configSpace(bytes, 0);
  const [ref] = walkExtended(config).capabilities;
  assert.ok(ref);
  assert.equal(extendedCapabilityFor(config, ref), ide);
  const { fields } = decodeCapability(ide, config, FIRST);
  assert.deepEqual(fields.linkStreams, []);
  const [first, second] = fields.selectiveStreams ?? [];
  assert.equal(first?.status.state, 'secure');
  assert.deepEqual(first?.addressAssociations, [
    { association1: { valid: true, memoryBaseLower: 1, memoryLimitLower: 0xfff }, memoryLimitUpper: 0xf, memoryBaseUpper: 0xe },
  ]);
  assert.equal(second?.control.streamId, 5);
  assert.equal(second?.control.defaultStream, true);
  assert.deepEqual(second?.addressAssociations, []);
});
