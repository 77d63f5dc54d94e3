/** PCI Power Management, ID 01h (PCI PM 1.2 §3.2; PCIe 6.0 §7.5.2). */
import { bit, bits, flag, span } from '../../bytes/bits.ts';
import { reg8, reg16, u8 } from '../../bytes/layout.ts';
import {
  PCI_CAP_ID_PM,
  PCI_PM_CAP_PME_D0,
  PCI_PM_CAP_PME_D1,
  PCI_PM_CAP_PME_D2,
  PCI_PM_CAP_PME_D3cold,
  PCI_PM_CAP_PME_D3hot,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_PME_ENABLE,
  PCI_PM_CTRL_PME_STATUS,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
  PCI_PM_PPB_EXTENSIONS,
  PCI_PM_SIZEOF,
} from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const powerManagement = standardCapability({
  id: PCI_CAP_ID_PM,
  name: 'PM',
  title: 'Power Management',
  length: PCI_PM_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg16(PCI_PM_PMC, {
      version: bits(0, 2),
      pmeClock: bit(3),
      immediateReadiness: bit(4),
      deviceSpecificInitialization: bit(5),
      // Milliamperes, coded: 0, 55, 100, 160, 220, 270, 320, 375.
      auxCurrent: bits(6, 8),
      d1: bit(9),
      d2: bit(10),
      pmeD0: flag(PCI_PM_CAP_PME_D0),
      pmeD1: flag(PCI_PM_CAP_PME_D1),
      pmeD2: flag(PCI_PM_CAP_PME_D2),
      pmeD3hot: flag(PCI_PM_CAP_PME_D3hot),
      pmeD3cold: flag(PCI_PM_CAP_PME_D3cold),
    }),
    control: reg16(PCI_PM_CTRL, {
      powerState: bits(...span(PCI_PM_CTRL_STATE_MASK)),
      noSoftReset: flag(PCI_PM_CTRL_NO_SOFT_RESET),
      pmeEnable: flag(PCI_PM_CTRL_PME_ENABLE),
      dataSelect: bits(9, 12),
      dataScale: bits(13, 14),
      pmeStatus: flag(PCI_PM_CTRL_PME_STATUS),
    }),
    bridge: reg8(PCI_PM_PPB_EXTENSIONS, { b2b3: bit(6), busPowerClockControl: bit(7) }),
    data: u8(0x07),
  },
});
