/** struct virtio_pci_cap: where a virtio device keeps its registers, in a Vendor Specific capability (Virtio 1.3 §4.1.4). */
import { choice } from '../../bytes/bits.ts';
import { type Peek, raw, reg8, reserved, u8, u32, when } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';
import { VENDOR_SPECIFIC } from './vendor-specific.ts';

export const VIRTIO_CONFIG_TYPES = {
  1: 'common',
  2: 'notify',
  3: 'isr',
  4: 'device',
  5: 'pci-config-access',
  8: 'shared-memory',
  9: 'vendor',
} as const;

/** Bytes of the struct that every type has. */
export const VIRTIO_CAPABILITY_SIZE = 16;

const isType = (type: number, size: number) => (peek: Peek) => peek.u8(0x03) === type && peek.u8(0x02) >= size;
const isNotify = isType(2, 20);
const isConfigAccess = isType(5, 20);
const isSharedMemory = isType(8, 24);

function usedBytes(peek: Peek): number {
  if (isSharedMemory(peek)) return 24;
  return isNotify(peek) || isConfigAccess(peek) ? 20 : VIRTIO_CAPABILITY_SIZE;
}

export const virtio = standardCapability({
  ...VENDOR_SPECIFIC,
  form: 'Vendor Specific Information: VirtIO',
  registers: {
    length: u8(0x02),
    config: reg8(0x03, { type: choice(0, 7, VIRTIO_CONFIG_TYPES) }),
    bar: u8(0x04),
    // Tells several structures of one type apart.
    structureId: u8(0x05),
    reserved: reserved(0x06, 2),
    offset: u32(0x08),
    size: u32(0x0c),
    notifyOffsetMultiplier: when(isNotify, u32(0x10)),
    accessData: when(isConfigAccess, raw(0x10, 4)),
    offsetUpper: when(isSharedMemory, u32(0x10)),
    sizeUpper: when(isSharedMemory, u32(0x14)),
    rest: reserved(usedBytes, peek => peek.u8(0x02) - usedBytes(peek)),
  },
});
