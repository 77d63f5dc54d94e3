/** Root Complex Register Block Header, ID 000Ah (PCIe 6.0 §7.9.7). */
import { bit } from '../../bytes/bits.ts';
import { reg32, reserved, u16 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const rcrbHeader = extendedCapability({
  id: 0x0a,
  registers: {
    vendorId: u16(0x04),
    deviceId: u16(0x06),
    capabilities: reg32(0x08, { rrsSoftwareVisibility: bit(0) }),
    control: reg32(0x0c, { rrsSoftwareVisibilityEnable: bit(0) }),
    reserved: reserved(0x10, 4),
  },
});
