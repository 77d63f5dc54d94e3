/** Root Complex Event Collector Endpoint Association, ID 0007h (PCIe 6.0 §7.9.10). */
import { bits } from '../../bytes/bits.ts';
import { type Peek, reg32, u32, when } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_RCEC } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

/** The bus numbers came with version 2. */
const hasBusNumbers = (peek: Peek) => (peek.u8(0x02) & 15) >= 2;

export const eventCollectorAssociation = extendedCapability({
  id: PCI_EXT_CAP_ID_RCEC,
  name: 'RCEC',
  title: 'Root Complex Event Collector Endpoint Association',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    // Bit n: the endpoints of device n on the collector's own bus.
    deviceBitmap: u32(0x04),
    // Other buses; next FFh and last 00h says none.
    associatedBuses: when(hasBusNumbers, reg32(0x08, { next: bits(8, 15), last: bits(16, 23) })),
  },
});
