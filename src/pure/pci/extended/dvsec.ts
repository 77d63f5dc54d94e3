/** Designated Vendor-Specific Extended Capability, ID 0023h (PCIe 6.0 §7.9.6). Those of CXL are decoded. */
import { bits } from '../../bytes/bits.ts';
import { type Peek, raw, reg32, reserved, u16, when } from '../../bytes/layout.ts';
import { PCI_VENDOR_ID_CXL } from '../../spec/pci-ids.ts';
import { PCI_DVSEC_HEADER1, PCI_DVSEC_HEADER2, PCI_EXT_CAP_ID_DVSEC } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { EXTENDED_SIZE } from '../config-space.ts';
import type { AddressPlace, PlaceFinder } from '../private-place.ts';
import { CXL_PIECES, CXL_PLACES, cxlEnd } from './cxl-dvsec.ts';

const BODY = 0x0a;

/** Bytes between `start` and the length that the header says, none where that is less. */
function rest(peek: Peek, start: number): number {
  return Math.max((peek.u16(PCI_DVSEC_HEADER1 + 2) >> 4) - start, 0);
}

/** Addresses of the host, as far as the length that the header says reaches: what is behind belongs to others. */
const cxlPlaces: PlaceFinder<AddressPlace> = (config, at) => {
  const id = config.read(at + PCI_DVSEC_HEADER2, 2);
  if (id === undefined || config.read(at + PCI_DVSEC_HEADER1, 2) !== PCI_VENDOR_ID_CXL) return [];
  const length = config.read(at + PCI_DVSEC_HEADER1 + 2, 2);
  const end = at + (length === undefined ? EXTENDED_SIZE : length >> 4);
  return (CXL_PLACES.get(id)?.(at) ?? []).filter(place => place.at + place.length <= end);
};

export const dvsec = extendedCapability({
  id: PCI_EXT_CAP_ID_DVSEC,
  name: 'DVSEC',
  title: 'Designated Vendor-Specific Extended Capability',
  length: (registers, at) => Math.max(registers.u16(at + PCI_DVSEC_HEADER1 + 2) >> 4, 12),
  privatePlaces: { addresses: cxlPlaces },
  registers: {
    header: reg32(PCI_DVSEC_HEADER1, {
      vendorId: bits(0, 15),
      revision: bits(16, 19),
      // Bytes of the whole structure, the extended capability header included.
      length: bits(20, 31),
    }),
    dvsecId: u16(PCI_DVSEC_HEADER2),
    ...CXL_PIECES,
    // Behind what is decoded there may be more, of a newer revision.
    remainder: when(
      peek => cxlEnd(peek) !== 0,
      reserved(cxlEnd, peek => rest(peek, cxlEnd(peek))),
    ),
    body: when(
      peek => cxlEnd(peek) === 0,
      raw(BODY, peek => rest(peek, BODY)),
    ),
  },
});
