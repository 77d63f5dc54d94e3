/** Advanced Features, ID 13h: Function Level Reset for conventional PCI (PCI AF ECN; PCIe 6.0 §7.9.22). */
import { bit } from '../../bytes/bits.ts';
import { reg8, u8 } from '../../bytes/layout.ts';
import { PCI_CAP_AF_SIZEOF, PCI_CAP_ID_AF } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const advancedFeatures = standardCapability({
  id: PCI_CAP_ID_AF,
  name: 'AF',
  title: 'Advanced Features',
  length: PCI_CAP_AF_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    // Bytes of the capability: 6.
    length: u8(0x02),
    capabilities: reg8(0x03, { transactionsPending: bit(0), functionLevelReset: bit(1) }),
    control: reg8(0x04, { initiateFunctionLevelReset: bit(0) }),
    status: reg8(0x05, { transactionsPending: bit(0) }),
  },
});
