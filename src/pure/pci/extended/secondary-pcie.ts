/** Secondary PCI Express, ID 0019h (PCIe 6.0 §7.7.3): equalization at 8.0 GT/s. */
import { bit, bits } from '../../bytes/bits.ts';
import { list, reg16, reg32, u32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_SECPCI } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { laneCapability } from './lanes.ts';

export const secondaryPcieFor = laneCapability(lanes =>
  extendedCapability({
    id: PCI_EXT_CAP_ID_SECPCI,
    name: 'Secondary PCIe',
    title: 'Secondary PCI Express',
    length: 'to-next',
    privatePlaces: 'nothing',
    registers: {
      linkControl3: reg32(0x04, {
        performEqualization: bit(0),
        linkEqualizationRequestInterruptEnable: bit(1),
        // Bit n: 2.5, 5, 8, 16 … GT/s.
        enableLowerSkpOsGeneration: bits(9, 15),
      }),
      // Bit n: lane n.
      laneErrorStatus: u32(0x08),
      lanes: list(
        0x0c,
        2,
        () => lanes,
        reg16(0, {
          downstreamPortTransmitterPreset: bits(0, 3),
          downstreamPortReceiverPresetHint: bits(4, 6),
          upstreamPortTransmitterPreset: bits(8, 11),
          upstreamPortReceiverPresetHint: bits(12, 14),
        }),
      ),
    },
  }),
);
