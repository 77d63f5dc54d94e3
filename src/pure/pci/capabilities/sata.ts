/** SATA Data/Index Configuration, ID 12h (AHCI 1.3.1 §2.4). */
import { bits, mapped, span } from '../../bytes/bits.ts';
import { type Peek, reg8, reg32, reserved, u32, when } from '../../bytes/layout.ts';
import { PCI_CAP_ID_SATA, PCI_SATA_REGS, PCI_SATA_REGS_INLINE, PCI_SATA_REGS_MASK } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';

/** Whether the index and data registers stand behind this capability instead of in a BAR. */
const isInConfigSpace = (peek: Peek) => (peek.u8(PCI_SATA_REGS) & PCI_SATA_REGS_MASK) === PCI_SATA_REGS_INLINE;

export const sata = standardCapability({
  id: PCI_CAP_ID_SATA,
  name: 'SATA',
  title: 'SATA Data/Index Configuration',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    revision: reg8(0x02, { minor: bits(0, 3), major: bits(4, 7) }),
    reserved: reserved(0x03, 1),
    location: reg32(PCI_SATA_REGS, {
      // 4 to 9: the BARs at 10h to 24h; 15: behind this capability.
      barLocation: bits(...span(PCI_SATA_REGS_MASK)),
      // Bytes; the register counts dwords.
      offset: mapped(
        4,
        23,
        raw => raw * 4,
        offset => offset / 4,
      ),
    }),
    index: when(isInConfigSpace, u32(0x08)),
    data: when(isInConfigSpace, u32(0x0c)),
  },
});
