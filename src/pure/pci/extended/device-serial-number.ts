/** Device Serial Number, ID 0003h (PCIe 6.0 §7.9.3). */
import { u64 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const deviceSerialNumber = extendedCapability({
  id: 0x03,
  registers: {
    // An EUI-64.
    serialNumber: u64(0x04),
  },
});
