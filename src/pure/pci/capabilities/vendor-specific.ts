/** Vendor Specific, ID 09h: a length and bytes that only the vendor knows (PCIe 6.0 §7.9.4). */
import { raw, u8 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const vendorSpecific = standardCapability({
  id: 0x09,
  registers: {
    // Bytes of the capability with its header.
    length: u8(0x02),
    data: raw(0x03, peek => peek.u8(0x02) - 3),
  },
});
