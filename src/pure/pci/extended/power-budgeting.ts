/** Power Budgeting, ID 0004h (PCIe 6.0 §7.8.1). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg8, reg32, reserved, u8, u16 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PWR, PCI_EXT_CAP_PWR_SIZEOF, PCI_PWR_DSR } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const powerBudgeting = extendedCapability({
  id: PCI_EXT_CAP_ID_PWR,
  name: 'Power Budgeting',
  length: PCI_EXT_CAP_PWR_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    // Which of the function's data items stands in `data`.
    dataSelect: u8(PCI_PWR_DSR),
    reserved1: reserved(0x05, 1),
    // PCIe 6.0 and later, reserved before.
    control: u16(0x06),
    data: reg32(0x08, {
      basePower: bits(0, 7),
      // Base power is in units of 10 to the power of minus this, watts.
      dataScale: bits(8, 9),
      pmSubState: bits(10, 12),
      pmState: bits(13, 14),
      type: bits(15, 17),
      powerRail: bits(18, 20),
    }),
    capability: reg8(0x0c, { systemAllocated: bit(0) }),
    // PCIe 6.0 and later, reserved before.
    senseDetect: u8(0x0d),
    reserved2: reserved(0x0e, 2),
  },
});
