/** PCI Power Management, ID 01h (PCI PM 1.2 §3.2; PCIe 6.0 §7.5.2). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg8, reg16, u8 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_PM, PCI_PM_SIZEOF } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const powerManagement = standardCapability({
  id: PCI_CAP_ID_PM,
  name: 'PM',
  title: 'Power Management',
  length: PCI_PM_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg16(0x02, {
      version: bits(0, 2),
      pmeClock: bit(3),
      immediateReadiness: bit(4),
      deviceSpecificInitialization: bit(5),
      // Milliamperes, coded: 0, 55, 100, 160, 220, 270, 320, 375.
      auxCurrent: bits(6, 8),
      d1: bit(9),
      d2: bit(10),
      pmeD0: bit(11),
      pmeD1: bit(12),
      pmeD2: bit(13),
      pmeD3hot: bit(14),
      pmeD3cold: bit(15),
    }),
    control: reg16(0x04, {
      powerState: bits(0, 1),
      noSoftReset: bit(3),
      pmeEnable: bit(8),
      dataSelect: bits(9, 12),
      dataScale: bits(13, 14),
      pmeStatus: bit(15),
    }),
    bridge: reg8(0x06, { b2b3: bit(6), busPowerClockControl: bit(7) }),
    data: u8(0x07),
  },
});
