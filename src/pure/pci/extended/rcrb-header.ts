/** Root Complex Register Block Header, ID 000Ah (PCIe 6.0 §7.9.7). */
import { bit } from '../../bytes/bits.ts';
import { reg32, reserved, u16 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_RCRB } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const rcrbHeader = extendedCapability({
  id: PCI_EXT_CAP_ID_RCRB,
  name: 'RCRB',
  title: 'Root Complex Register Block Header',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    vendorId: u16(0x04),
    deviceId: u16(0x06),
    capabilities: reg32(0x08, { rrsSoftwareVisibility: bit(0) }),
    control: reg32(0x0c, { rrsSoftwareVisibilityEnable: bit(0) }),
    reserved: reserved(0x10, 4),
  },
});
