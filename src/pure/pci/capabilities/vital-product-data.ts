/** Vital Product Data, ID 03h: a window to bytes that lie elsewhere (PCIe 6.0 §7.9.18). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg16, u32 } from '../../bytes/layout.ts';
import { PCI_CAP_ID_VPD, PCI_CAP_VPD_SIZEOF, PCI_VPD_ADDR, PCI_VPD_DATA } from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';
import type { PlaceFinder, PrivatePlace } from '../private-place.ts';

/** The register holds what was read last. */
const vpdPlaces: PlaceFinder<PrivatePlace> = (_config, at) => [{ at: at + PCI_VPD_DATA, length: 4, what: 'VPD data' }];

export const vitalProductData = standardCapability({
  id: PCI_CAP_ID_VPD,
  name: 'VPD',
  title: 'Vital Product Data',
  length: PCI_CAP_VPD_SIZEOF,
  privatePlaces: { serials: vpdPlaces },
  registers: {
    // The flag is 0 when a read is asked for and 1 when it is done; for a write the other way round.
    address: reg16(PCI_VPD_ADDR, { address: bits(0, 14), flag: bit(15) }),
    data: u32(PCI_VPD_DATA),
  },
});
