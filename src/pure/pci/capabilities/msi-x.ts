/** MSI-X, ID 11h; the vector table and the pending bits lie in BARs (PCIe 6.0 §7.7.2). */
import { bits, flag, mapped, span } from '../../bytes/bits.ts';
import { reg16, reg32 } from '../../bytes/layout.ts';
import {
  PCI_CAP_ID_MSIX,
  PCI_CAP_MSIX_SIZEOF,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  PCI_MSIX_TABLE_OFFSET,
} from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

/** Which BAR, 0 to 5, and where in it, in bytes. */
const location = {
  bar: bits(...span(PCI_MSIX_TABLE_BIR)),
  offset: mapped(
    ...span(PCI_MSIX_TABLE_OFFSET),
    raw => raw * 8,
    offset => offset / 8,
  ),
};

export const msix = standardCapability({
  id: PCI_CAP_ID_MSIX,
  name: 'MSI-X',
  length: PCI_CAP_MSIX_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    control: reg16(PCI_MSIX_FLAGS, {
      // Vectors in the table: the register holds one less.
      tableSize: mapped(
        ...span(PCI_MSIX_FLAGS_QSIZE),
        raw => raw + 1,
        size => size - 1,
      ),
      functionMask: flag(PCI_MSIX_FLAGS_MASKALL),
      enable: flag(PCI_MSIX_FLAGS_ENABLE),
    }),
    table: reg32(PCI_MSIX_TABLE, location),
    pendingBits: reg32(PCI_MSIX_PBA, location),
  },
});
