/** Vendor-Specific Extended Capability, ID 000Bh (PCIe 6.0 §7.9.5). */
import { bits } from '../../bytes/bits.ts';
import { type Peek, raw, reg32, withinSpace } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_VNDR, PCI_VNDR_HEADER } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

const DATA = 0x08;

function dataLength(peek: Peek): number {
  return Math.max((peek.u32(PCI_VNDR_HEADER) >>> 20) - DATA, 0);
}

export const vendorSpecificExtended = extendedCapability({
  id: PCI_EXT_CAP_ID_VNDR,
  name: 'VSEC',
  title: 'Vendor-Specific Extended Capability',
  length: (registers, at) => Math.max(registers.u16(at + PCI_VNDR_HEADER + 2) >> 4, 8),
  privatePlaces: 'nothing',
  registers: {
    // The ID means what the function's vendor says. Length counts both headers, bytes.
    header: reg32(PCI_VNDR_HEADER, { id: bits(0, 15), revision: bits(16, 19), length: bits(20, 31) }),
    data: withinSpace(raw(DATA, dataLength)),
  },
});
