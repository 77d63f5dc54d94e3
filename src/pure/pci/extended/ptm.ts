/** Precision Time Measurement, ID 001Fh (PCIe 6.0 §7.9.15). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PTM } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const ptm = extendedCapability({
  id: PCI_EXT_CAP_ID_PTM,
  name: 'PTM',
  title: 'Precision Time Measurement',
  length: 12,
  privatePlaces: 'nothing',
  registers: {
    capability: reg32(0x04, {
      requesterCapable: bit(0),
      responderCapable: bit(1),
      rootCapable: bit(2),
      ePtmCapable: bit(3),
      propagationDelayAdaptationCapable: bit(4),
      // Nanoseconds; 0: no local clock, 255: more than 254.
      localClockGranularity: bits(8, 15),
    }),
    control: reg32(0x08, {
      enable: bit(0),
      rootSelect: bit(1),
      // Nanoseconds; 0: unknown, 255: more than 254.
      effectiveGranularity: bits(8, 15),
    }),
  },
});
