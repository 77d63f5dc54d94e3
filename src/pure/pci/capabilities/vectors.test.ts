import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHexBytes, parseHexBytes } from '../../bytes/hex.ts';
import { type CapabilityType, decodeCapability, encodeCapability } from '../capability.ts';
import { ConfigSpace } from '../config-space.ts';
import { advancedFeatures } from './advanced-features.ts';
import { debugPort } from './debug-port.ts';
import { enhancedAllocation, enhancedAllocationBridge } from './enhanced-allocation.ts';
import { hyperTransportClumping, hyperTransportMsiMapping } from './hypertransport/blocks.ts';
import { msi } from './msi.ts';
import { msix } from './msi-x.ts';
import { pcix, pcixBridge } from './pci-x.ts';
import { sata } from './sata.ts';
import { secureDevice } from './secure-device.ts';
import { subsystemIds } from './subsystem-ids.ts';
import { vendorSpecific } from './vendor-specific.ts';
import { virtio } from './virtio.ts';

interface Vector {
  readonly name: string;
  readonly type: CapabilityType;
  /** The whole capability: its length is the length of the layout. */
  readonly hex: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const MSI_CONTROL = {
  enable: false,
  multipleMessageCapable: 1,
  multipleMessageEnable: 1,
  address64Capable: false,
  perVectorMaskingCapable: false,
  extendedDataCapable: false,
  extendedDataEnable: false,
};

const VECTORS: readonly Vector[] = [
  {
    name: 'msi with a 32-bit address',
    type: msi,
    hex: '05000100 0c30e0fe 8941',
    fields: { control: { ...MSI_CONTROL, enable: true }, messageAddress: 0xfee0300c, messageData: 0x4189 },
  },
  {
    name: 'msi with a 64-bit address',
    type: msi,
    hex: '05009a00 0c30e0fe 01000000 8941',
    fields: {
      control: { ...MSI_CONTROL, address64Capable: true, multipleMessageCapable: 32, multipleMessageEnable: 2 },
      messageAddress: 0xfee0300c,
      messageUpperAddress: 1,
      messageData: 0x4189,
    },
  },
  {
    name: 'msi with masks behind a 32-bit address, and a reserved word before them',
    type: msi,
    hex: '05000001 20000000 0100cdab 02000000 03000000',
    fields: {
      control: { ...MSI_CONTROL, perVectorMaskingCapable: true },
      messageAddress: 0x20,
      messageData: 1,
      reserved: 'cdab',
      mask: 2,
      pending: 3,
    },
  },
  {
    name: 'msi with masks behind a 64-bit address, and extended data',
    type: msi,
    hex: '05008407 00000000 00000000 34127856 02000000 03000000',
    fields: {
      control: {
        ...MSI_CONTROL,
        multipleMessageCapable: 4,
        address64Capable: true,
        perVectorMaskingCapable: true,
        extendedDataCapable: true,
        extendedDataEnable: true,
      },
      messageAddress: 0,
      messageUpperAddress: 0,
      messageData: 0x1234,
      extendedMessageData: 0x5678,
      mask: 2,
      pending: 3,
    },
  },
  {
    name: 'msix with its table and pending bits in one BAR',
    type: msix,
    hex: '11007f00 02000f00 02900f00',
    fields: {
      control: { tableSize: 128, functionMask: false, enable: false },
      table: { bar: 2, offset: 0xf0000 },
      pendingBits: { bar: 2, offset: 0xf9000 },
    },
  },
  {
    name: 'advancedFeatures with function level reset',
    type: advancedFeatures,
    hex: '130006030000',
    fields: {
      length: 6,
      capabilities: { transactionsPending: true, functionLevelReset: true },
      control: { initiateFunctionLevelReset: false },
      status: { transactionsPending: false },
    },
  },
  { name: 'debugPort', type: debugPort, hex: '0a00a020', fields: { location: { offset: 0xa0, barNumber: 1 } } },
  { name: 'subsystemIds', type: subsystemIds, hex: '0d000000aa173822', fields: { subsystemVendorId: 0x17aa, subsystemId: 0x2238 } },
  {
    name: 'sata with an offset in dwords',
    type: sata,
    hex: '1200100048000000',
    fields: { revision: { minor: 0, major: 1 }, location: { barLocation: 8, offset: 0x10 } },
  },
  {
    name: 'sata with its registers in config space',
    type: sata,
    hex: '120010000f0000001000000020000000',
    fields: { revision: { minor: 0, major: 1 }, location: { barLocation: 15, offset: 0 }, index: 0x10, data: 0x20 },
  },
  { name: 'vendorSpecific', type: vendorSpecific, hex: '090006aabbcc', fields: { length: 6, data: 'aabbcc' } },
  { name: 'vendorSpecific shorter than its header', type: vendorSpecific, hex: '090000', fields: { length: 0, data: '' } },
  {
    name: 'virtio notify with its multiplier',
    type: virtio,
    hex: '09001402 02000000 00300000 00000400 00100000',
    fields: {
      length: 20,
      config: { type: 'notify' },
      bar: 2,
      structureId: 0,
      offset: 0x3000,
      size: 0x40000,
      notifyOffsetMultiplier: 0x1000,
    },
  },
  {
    name: 'virtio shared memory with the upper halves',
    type: virtio,
    hex: '09001808 02050000 00300000 00000400 01000000 02000000',
    fields: {
      length: 24,
      config: { type: 'shared-memory' },
      bar: 2,
      structureId: 5,
      offset: 0x3000,
      size: 0x40000,
      offsetUpper: 1,
      sizeUpper: 2,
    },
  },
  {
    name: 'hyperTransportMsiMapping with an address',
    type: hyperTransportMsiMapping,
    hex: '080001a80000e0fe0f000000',
    fields: {
      command: { enable: true, fixed: false, capabilityType: 'msi-mapping' },
      addressLow: { address: 0xfee00000 },
      addressHigh: 15,
    },
  },
  {
    name: 'hyperTransportMsiMapping without one',
    type: hyperTransportMsiMapping,
    hex: '080003a8',
    fields: { command: { enable: true, fixed: true, capabilityType: 'msi-mapping' } },
  },
  {
    name: 'hyperTransportClumping',
    type: hyperTransportClumping,
    hex: '080000900810000008100000',
    fields: { command: { capabilityType: 'unit-id-clumping' }, supported: 0x1008, enabled: 0x1008 },
  },
  {
    name: 'secureDevice of an AMD IOMMU',
    type: secureDevice,
    hex: '0f000b1c 01c0f8fd 00000000 80020000 40302000 00000000',
    fields: {
      block: {
        type: 'iommu',
        revision: 1,
        iotlbSupported: false,
        hyperTransportTunnel: false,
        notPresentCache: true,
        extendedFeatureRegister: true,
        capabilityExtension: true,
      },
      baseAddressLow: { enable: true, address: 0xfdf8c000 },
      baseAddressHigh: 0,
      range: { unitId: 0, valid: true, busNumber: 2, firstDevice: 0, lastDevice: 0 },
      misc0: {
        msiNumber: 0,
        guestVirtualAddressSize: 2,
        physicalAddressSize: 0x30,
        virtualAddressSize: 0x40,
        htAtsReserved: false,
        msiNumberPpr: 0,
      },
      misc1: { msiNumberGuestApic: 0 },
    },
  },
  {
    name: 'enhancedAllocation with a 64-bit range',
    type: enhancedAllocation,
    hex: '14000100 0400ff80 02000000 feffff3f 30840000 00000000',
    fields: {
      first: { entries: 1 },
      entries: [
        {
          header: {
            entrySize: 4,
            barEquivalent: 'BAR 0',
            primaryProperties: 'memory space, non-prefetchable',
            secondaryProperties: 'entry unavailable for use',
            writable: false,
            enable: true,
          },
          base: { is64: true, address: 0 },
          maxOffset: { is64: true, offset: 0x3fffffff },
          baseUpper: 0x8430,
          maxOffsetUpper: 0,
        },
      ],
    },
  },
  {
    name: 'enhancedAllocationBridge with its bus numbers and an entry too short for its base',
    type: enhancedAllocationBridge,
    hex: '14000100 05070000 60020080',
    fields: {
      first: { entries: 1 },
      fixedSecondaryBus: 5,
      fixedSubordinateBus: 7,
      entries: [
        {
          header: {
            entrySize: 0,
            barEquivalent: 'resource behind function',
            primaryProperties: 'I/O space',
            secondaryProperties: 'memory space, non-prefetchable',
            writable: false,
            enable: true,
          },
        },
      ],
    },
  },
];

for (const { name, type, hex, fields } of VECTORS) {
  test(`${name} decodes and encodes`, () => {
    const bytes = parseHexBytes(hex.replaceAll(' ', ''));
    const decoded = decodeCapability(type, new ConfigSpace(bytes), 0);
    assert.deepEqual(decoded, { fields, missing: [] });
    assert.equal(formatHexBytes(encodeCapability(type, fields)), formatHexBytes(bytes));
  });
}

/** Bytes that a capability reaches from its start, for a body of zeros with `word` behind the header. */
function sizeOf(type: CapabilityType, word: number): number {
  const bytes = new Uint8Array(64);
  bytes.set([type.id, 0, word & 0xff, word >> 8]);
  return encodeCapability(type, decodeCapability(type, new ConfigSpace(bytes), 0).fields).length;
}

test('pcix and pcixBridge have ECC registers from version 1 on', () => {
  assert.deepEqual([sizeOf(pcix, 0), sizeOf(pcix, 0x1000), sizeOf(pcix, 0x2000)], [8, 24, 24]);
  assert.deepEqual([sizeOf(pcixBridge, 0), sizeOf(pcixBridge, 0x1000), sizeOf(pcixBridge, 0x2000)], [16, 32, 32]);
});
