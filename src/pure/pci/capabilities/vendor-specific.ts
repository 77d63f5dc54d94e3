/** Vendor Specific, ID 09h: a length and bytes that only the vendor knows (PCIe 6.0 §7.9.4). */
import { raw, u8 } from '../../bytes/layout.ts';
import { PCI_CAP_FLAGS, PCI_CAP_ID_VNDR } from '../../spec/pci-regs.ts';
import { type CapabilityFacts, standardCapability } from '../capability.ts';

/** What all forms of the ID have. */
export const VENDOR_SPECIFIC: CapabilityFacts = {
  id: PCI_CAP_ID_VNDR,
  name: 'Vendor',
  title: 'Vendor Specific Information',
  length: (registers, at) => Math.max(registers.u8(at + PCI_CAP_FLAGS), 3),
  privatePlaces: 'nothing',
};

export const vendorSpecific = standardCapability({
  ...VENDOR_SPECIFIC,
  registers: {
    // Bytes of the capability with its header.
    length: u8(PCI_CAP_FLAGS),
    data: raw(0x03, peek => peek.u8(PCI_CAP_FLAGS) - 3),
  },
});
