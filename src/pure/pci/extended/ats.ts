/** Address Translation Services, ID 000Fh (PCIe 6.0 §10.5.1). */
import { bit, bits, mapped } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ATS_SIZEOF, PCI_EXT_CAP_ID_ATS } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const ats = extendedCapability({
  id: PCI_EXT_CAP_ID_ATS,
  name: 'ATS',
  title: 'Address Translation Service',
  length: PCI_EXT_CAP_ATS_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(0x04, {
      // How many Invalidate Requests the function can take; 00000b means 32.
      invalidateQueueDepth: mapped(
        0,
        4,
        raw => (raw === 0 ? 32 : raw),
        depth => depth & 31,
      ),
      pageAlignedRequest: bit(5),
      globalInvalidateSupported: bit(6),
      relaxedOrderingSupported: bit(7),
    }),
    control: reg16(0x06, {
      // Pages of 4096 << n bytes.
      smallestTranslationUnit: bits(0, 4),
      enable: bit(15),
    }),
  },
});
