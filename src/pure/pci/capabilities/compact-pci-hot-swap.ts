/** CompactPCI Hot Swap, ID 06h (PICMG 2.1 §3.1.4; Linux uapi pci_regs.h, PCI_CHSWP_*). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg8, reserved } from '../../bytes/layout.ts';
import { PCI_CAP_ID_CHSWP } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const compactPciHotSwap = standardCapability({
  id: PCI_CAP_ID_CHSWP,
  name: 'CompactPCI HS',
  title: 'CompactPCI Hot Swap',
  length: 4,
  privatePlaces: 'nothing',
  registers: {
    controlStatus: reg8(0x02, {
      deviceHidingArm: bit(0),
      enumMask: bit(1),
      pendingInsertionOrExtraction: bit(2),
      ledOn: bit(3),
      programmingInterface: bits(4, 5),
      extraction: bit(6),
      insertion: bit(7),
    }),
    reserved: reserved(0x03, 1),
  },
});
