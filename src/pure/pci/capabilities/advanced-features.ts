/** Advanced Features, ID 13h: Function Level Reset for conventional PCI (PCI AF ECN; PCIe 6.0 §7.9.22). */
import { bit, flag } from '../../bytes/bits.ts';
import { reg8, u8 } from '../../bytes/layout.ts';
import {
  PCI_AF_CAP,
  PCI_AF_CAP_FLR,
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_AF_LENGTH,
  PCI_CAP_AF_SIZEOF,
  PCI_CAP_ID_AF,
} from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

export const advancedFeatures = standardCapability({
  id: PCI_CAP_ID_AF,
  name: 'AF',
  title: 'Advanced Features',
  length: PCI_CAP_AF_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    // Bytes of the capability: 6.
    length: u8(PCI_AF_LENGTH),
    capabilities: reg8(PCI_AF_CAP, { transactionsPending: bit(0), functionLevelReset: flag(PCI_AF_CAP_FLR) }),
    control: reg8(PCI_AF_CTRL, { initiateFunctionLevelReset: flag(PCI_AF_CTRL_FLR) }),
    status: reg8(0x05, { transactionsPending: bit(0) }),
  },
});
