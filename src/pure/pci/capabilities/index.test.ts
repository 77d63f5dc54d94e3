import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHexBytes } from '../../bytes/hex.ts';
import type { CapabilityType } from '../capability.ts';
import { ConfigSpace } from '../config-space.ts';
import { enhancedAllocation, enhancedAllocationBridge } from './enhanced-allocation.ts';
import { hyperTransportBlock, hyperTransportMsiMapping } from './hypertransport/blocks.ts';
import { hyperTransportHost } from './hypertransport/host.ts';
import { hyperTransportSlave } from './hypertransport/slave.ts';
import { STANDARD_CAPABILITIES, standardCapabilityFor } from './index.ts';
import { pcix, pcixBridge } from './pci-x.ts';
import { vendorSpecific } from './vendor-specific.ts';
import { virtio } from './virtio.ts';

interface Choice {
  readonly name: string;
  readonly type: CapabilityType | null;
  /** The capability, at 40h. */
  readonly hex: string;
  readonly headerType?: number;
  readonly ids?: readonly [vendor: number, device: number];
}

const VIRTIO_COMMON = '09001001000000000000000010000000';

const CHOICES: readonly Choice[] = [
  { name: 'PCI-X in a device', type: pcix, hex: '0700' },
  { name: 'PCI-X in a bridge', type: pcixBridge, hex: '0700', headerType: 1 },
  { name: 'PCI-X in a multi-function bridge', type: pcixBridge, hex: '0700', headerType: 0x81 },
  { name: 'PCI-X in a CardBus bridge, which has none', type: null, hex: '0700', headerType: 2 },
  { name: 'EA in a device', type: enhancedAllocation, hex: '1400' },
  { name: 'EA in a bridge', type: enhancedAllocationBridge, hex: '1400', headerType: 1 },
  { name: 'a HyperTransport slave', type: hyperTransportSlave, hex: '0800001c' },
  { name: 'a HyperTransport host', type: hyperTransportHost, hex: '08000020' },
  { name: 'HyperTransport MSI Mapping', type: hyperTransportMsiMapping, hex: '080000a8' },
  { name: 'a HyperTransport type without registers here', type: hyperTransportBlock, hex: '080000f8' },
  { name: 'a virtio structure', type: virtio, hex: VIRTIO_COMMON, ids: [0x1af4, 0x1041] },
  { name: 'the same bytes of another vendor', type: vendorSpecific, hex: VIRTIO_COMMON, ids: [0x8086, 0x1041] },
  { name: 'the same bytes of no virtio device', type: vendorSpecific, hex: VIRTIO_COMMON, ids: [0x1af4, 0x1100] },
  { name: 'a virtio structure that is too short', type: vendorSpecific, hex: '09000f01', ids: [0x1af4, 0x1041] },
  { name: 'a virtio structure longer than config space', type: vendorSpecific, hex: '0900ff01', ids: [0x1af4, 0x1041] },
  { name: "a virtio vendor's own data", type: vendorSpecific, hex: '09001009', ids: [0x1af4, 0x1041] },
  { name: 'an ID without a decoder', type: null, hex: '1600' },
];

for (const { name, type, hex, headerType = 0, ids: [vendor, device] = [0x8086, 0x1234] } of CHOICES) {
  test(`standardCapabilityFor chooses by ${name}`, () => {
    const bytes = new Uint8Array(256);
    bytes.set([vendor & 0xff, vendor >> 8, device & 0xff, device >> 8]);
    bytes[0x0e] = headerType;
    bytes.set(parseHexBytes(hex), 0x40);
    const id = bytes[0x40] ?? 0;
    const chosen = standardCapabilityFor(new ConfigSpace(bytes), { kind: 'standard', id, offset: 0x40, version: 0, next: 0 });
    assert.equal(chosen, type);
  });
}

test('STANDARD_CAPABILITIES has a type for each ID from 0 to 15h', () => {
  const ids = [...new Set(STANDARD_CAPABILITIES.map(type => type.id))].sort((a, b) => a - b);
  assert.deepEqual(
    ids,
    Array.from({ length: 0x16 }, (_, id) => id),
  );
});
