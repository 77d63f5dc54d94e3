/** Root Complex Internal Link Control, ID 0006h (PCIe 6.0 §7.9.9). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg16, reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_RCILC } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const rootComplexInternalLink = extendedCapability({
  id: PCI_EXT_CAP_ID_RCILC,
  name: 'RC Internal Link',
  title: 'Root Complex Internal Link Control',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg32(0x04, {
      maxLinkSpeed: bits(0, 3),
      maxLinkWidth: bits(4, 9),
      aspmSupport: bits(10, 11),
      l0sExitLatency: bits(12, 14),
      l1ExitLatency: bits(15, 17),
      // Bit 0 is 2.5 GT/s.
      supportedLinkSpeeds: bits(18, 24),
    }),
    control: reg16(0x08, { aspmControl: bits(0, 1), extendedSynch: bit(7) }),
    status: reg16(0x0a, { currentLinkSpeed: bits(0, 3), negotiatedLinkWidth: bits(4, 9) }),
  },
});
