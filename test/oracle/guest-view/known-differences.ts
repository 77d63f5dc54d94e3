/** Where QEMU 11.1 and profile qemu-11.1 differ, and why; docs/differences.md says the same. */
import { extendedChain, overlongRebars, room, standardChain, standardOf, u16, u32 } from './chains.ts';
import type { GuestDevice, GuestPlacement } from './qemu-guest.ts';

export interface KnownDifference {
  readonly name: string;
  readonly reason: string;
  readonly matches: (device: GuestDevice, placement: GuestPlacement) => boolean;
}

const MSI = 0x05;
const EXPRESS = 0x10;
const LEGACY_ENDPOINT = 1;
const INTEGRATED_ENDPOINT = 9;

/** Bytes of the link registers that QEMU rewrites: up to Link Control behind a port, up to Link Status or Link Status 2 on pcie.0. */
function expressRewrites(type: number, size: number, placement: GuestPlacement): number {
  if (placement === 'root-port') return type === INTEGRATED_ENDPOINT ? 0x12 : 0;
  if (placement !== 'root-complex' || type === INTEGRATED_ENDPOINT || type === LEGACY_ENDPOINT || size <= 0x10) return 0;
  return size > 0x2c ? 0x34 : 0x14;
}

/** Of the guest's bytes and of what becomes of writes. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'MSI with masking at F0h or above',
    reason: "QEMU's offsets wrap at 256 and clear bytes of the header",
    matches: ({ bytes }) => standardOf(bytes, MSI).some(offset => offset >= 0xf0 && (u16(bytes, offset + 2) & 0x100) !== 0),
  },
  {
    name: 'ReBAR that runs into another capability',
    reason: "QEMU's result depends on the order of its writes",
    matches: ({ bytes }) => overlongRebars(bytes).length > 0,
  },
  {
    name: 'PCI Express whose link registers run into the next capability',
    reason: 'QEMU rewrites them without a look at the size, in the order of its own list',
    matches: ({ bytes }, placement) => {
      const size = (offset: number) => room(standardChain(bytes), offset, 0x100);
      return standardOf(bytes, EXPRESS).some(offset => expressRewrites(bytes[offset + 2] >> 4, size(offset), placement) > size(offset));
    },
  },
  {
    name: 'header type 2',
    reason: 'its pointer stands at 14h; QEMU looks at 34h, since vfio-pci takes no CardBus bridge',
    matches: ({ bytes }) => (bytes[0x0e] & 0x7f) === 2,
  },
  {
    name: 'a standard list that leads below 40h, to no multiple of 4, or to an ID of FFh',
    reason: 'by the specification the list ends there, or the lowest bits do not count; QEMU follows it',
    matches: ({ bytes }) => standardChain(bytes).offsets.some(offset => offset < 0x40 || offset % 4 !== 0 || bytes[offset] === 0xff),
  },
  {
    name: 'an extended list that leads to a header of all ones',
    reason: 'that is a device that does not answer; QEMU takes it for a capability',
    matches: ({ bytes }) => extendedChain(bytes).offsets.some(offset => u32(bytes, offset) === 0xffffffff),
  },
];
