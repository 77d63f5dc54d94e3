/** MSI-X, ID 11h; the vector table and the pending bits lie in BARs (PCIe 6.0 §7.7.2). */
import { bit, bits, mapped } from '../../bytes/bits.ts';
import { reg16, reg32 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_MSIX, PCI_CAP_MSIX_SIZEOF } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

/** Which BAR, 0 to 5, and where in it, in bytes. */
const location = {
  bar: bits(0, 2),
  offset: mapped(
    3,
    31,
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
    control: reg16(0x02, {
      // Vectors in the table: the register holds one less.
      tableSize: mapped(
        0,
        10,
        raw => raw + 1,
        size => size - 1,
      ),
      functionMask: bit(14),
      enable: bit(15),
    }),
    table: reg32(0x04, location),
    pendingBits: reg32(0x08, location),
  },
});
