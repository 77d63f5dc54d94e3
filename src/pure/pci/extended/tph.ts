/** TPH Requester (Transaction Processing Hints), ID 0017h (PCIe 6.0 §7.9.13). */
import { bit, bits, choice, mapped, span } from '../../bytes/bits.ts';
import { group, list, type Peek, reg32, u8, withinSpace } from '../../bytes/layout.ts';
import {
  PCI_EXT_CAP_ID_TPH,
  PCI_TPH_BASE_SIZEOF,
  PCI_TPH_CAP,
  PCI_TPH_CAP_LOC_MASK,
  PCI_TPH_CAP_ST_MASK,
  PCI_TPH_CAP_ST_SHIFT,
  PCI_TPH_LOC_CAP,
} from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

/** Entries of the steering tag table where it stands in this capability. */
function tableEntries(peek: Peek): number {
  const capability = peek.u32(PCI_TPH_CAP);
  if ((capability & PCI_TPH_CAP_LOC_MASK) !== PCI_TPH_LOC_CAP) return 0;
  return ((capability & PCI_TPH_CAP_ST_MASK) >>> PCI_TPH_CAP_ST_SHIFT) + 1;
}

export const tph = extendedCapability({
  id: PCI_EXT_CAP_ID_TPH,
  name: 'TPH',
  title: 'TPH Requester',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capability: reg32(PCI_TPH_CAP, {
      noSteeringTagMode: bit(0),
      interruptVectorMode: bit(1),
      deviceSpecificMode: bit(2),
      extendedRequester: bit(8),
      tableLocation: choice(...span(PCI_TPH_CAP_LOC_MASK), { 0: 'none', 1: 'capability', 2: 'msix', 3: 'reserved' }),
      // Entries.
      tableSize: mapped(
        ...span(PCI_TPH_CAP_ST_MASK),
        raw => raw + 1,
        size => size - 1,
      ),
    }),
    control: reg32(0x08, { modeSelect: bits(0, 2), requesterEnable: bits(8, 9) }),
    // `upper` counts only where extended requests are enabled.
    steeringTags: withinSpace(list(PCI_TPH_BASE_SIZEOF, 2, tableEntries, group({ lower: u8(0), upper: u8(1) }))),
  },
});
