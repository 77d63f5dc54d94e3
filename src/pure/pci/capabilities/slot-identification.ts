/** Slot Identification, ID 04h (PCI-to-PCI Bridge 1.2 §13.3). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg8, u8 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_SLOTID } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const slotIdentification = standardCapability({
  id: PCI_CAP_ID_SLOTID,
  name: 'Slot ID',
  title: 'Slot Identification',
  length: 4,
  privatePlaces: 'nothing',
  registers: {
    expansionSlot: reg8(0x02, { slotsProvided: bits(0, 4), firstInChassis: bit(5) }),
    chassisNumber: u8(0x03),
  },
});
