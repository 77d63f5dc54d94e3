/** System Firmware Intermediary, ID 002Ch (PCIe 6.0 §7.9.23). */
import { bit } from '../../bytes/bits.ts';
import { reg16, reg32, u32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const systemFirmwareIntermediary = extendedCapability({
  id: 0x2c,
  name: 'SFI',
  title: 'System Firmware Intermediary',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(0x04, { oobPresenceDetectSupported: bit(0), enhancedSfiSupported: bit(1) }),
    control: reg16(0x06, {
      presenceDetectStateMask: bit(0),
      dllStateMask: bit(1),
      oobPresenceDetectChangedEnable: bit(2),
      dllStateChangedEnable: bit(3),
    }),
    status: reg32(0x08, { presenceDetectState: bit(0), oobPresenceDetectState: bit(1) }),
    // The configuration access method of system firmware: an address, then the data at it.
    camAddress: u32(0x0c),
    camData: u32(0x10),
  },
});
