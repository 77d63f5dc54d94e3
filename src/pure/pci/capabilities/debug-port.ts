/** Debug Port, ID 0Ah, of an EHCI controller (EHCI 1.0 §C.3). */
import { bits } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_DBG } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const debugPort = standardCapability({
  id: PCI_CAP_ID_DBG,
  name: 'Debug Port',
  title: 'EHCI Debug Port',
  length: 4,
  privatePlaces: 'nothing',
  registers: {
    // Offset in bytes; barNumber counts from 1, which is the BAR at 10h.
    location: reg16(0x02, { offset: bits(0, 12), barNumber: bits(13, 15) }),
  },
});
