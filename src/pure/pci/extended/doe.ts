/** Data Object Exchange, ID 002Eh (PCIe 6.2 §7.9.24). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32, u32 } from '../../bytes/layout.ts';
import { PCI_DOE_CAP_SIZEOF, PCI_EXT_CAP_ID_DOE } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const doe = extendedCapability({
  id: PCI_EXT_CAP_ID_DOE,
  name: 'DOE',
  title: 'Data Object Exchange',
  length: PCI_DOE_CAP_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg32(0x04, {
      interruptSupport: bit(0),
      interruptMessageNumber: bits(1, 11),
      attentionMechanismSupport: bit(12),
      asyncMessageSupport: bit(13),
    }),
    control: reg32(0x08, {
      abort: bit(0),
      interruptEnable: bit(1),
      attentionNotNeeded: bit(2),
      asyncMessageEnable: bit(3),
      go: bit(31),
    }),
    status: reg32(0x0c, {
      busy: bit(0),
      interruptStatus: bit(1),
      error: bit(2),
      asyncMessageStatus: bit(3),
      atAttention: bit(4),
      dataObjectReady: bit(31),
    }),
    writeDataMailbox: u32(0x10),
    readDataMailbox: u32(0x14),
  },
});
