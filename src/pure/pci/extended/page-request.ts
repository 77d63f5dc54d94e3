/** Page Request Interface, ID 0013h (PCIe 6.0 §10.5.2). */
import { bit } from '../../bytes/bits.ts';
import { reg16, u32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PRI, PCI_EXT_CAP_PRI_SIZEOF } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const pageRequest = extendedCapability({
  id: PCI_EXT_CAP_ID_PRI,
  name: 'PRI',
  title: 'Page Request Interface',
  length: PCI_EXT_CAP_PRI_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    control: reg16(0x04, { enable: bit(0), reset: bit(1) }),
    status: reg16(0x06, {
      responseFailure: bit(0),
      unexpectedGroupIndex: bit(1),
      stopped: bit(8),
      responsePasidRequired: bit(15),
    }),
    // Outstanding page requests: what the function can have and what it may have.
    outstandingCapacity: u32(0x08),
    outstandingAllocation: u32(0x0c),
  },
});
