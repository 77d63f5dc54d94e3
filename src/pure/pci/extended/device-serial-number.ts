/** Device Serial Number, ID 0003h (PCIe 6.0 §7.9.3). */
import { u64 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_DSN_SIZEOF, PCI_EXT_CAP_ID_DSN } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import type { PlaceFinder, PrivatePlace } from '../private-place.ts';

const NUMBER = 0x04;

const serialPlaces: PlaceFinder<PrivatePlace> = (_config, at) => [{ at: at + NUMBER, length: 8, what: 'serial number' }];

export const deviceSerialNumber = extendedCapability({
  id: PCI_EXT_CAP_ID_DSN,
  name: 'DSN',
  title: 'Device Serial Number',
  length: PCI_EXT_CAP_DSN_SIZEOF,
  privatePlaces: { serials: serialPlaces },
  registers: {
    // An EUI-64.
    serialNumber: u64(NUMBER),
  },
});
