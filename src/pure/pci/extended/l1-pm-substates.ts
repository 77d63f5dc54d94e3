/** L1 PM Substates, ID 001Eh (PCIe 6.0 §7.8.3). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32, when } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_L1SS } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

const CAPABILITIES = 0x04;

/** The substates, at the same bits in what is supported and what is enabled. */
const SUBSTATES = { pciPmL1_2: bit(0), pciPmL1_1: bit(1), aspmL1_2: bit(2), aspmL1_1: bit(3) };

export const l1PmSubstates = extendedCapability({
  id: PCI_EXT_CAP_ID_L1SS,
  name: 'L1 PM Substates',
  length: 0x14,
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg32(CAPABILITIES, {
      ...SUBSTATES,
      l1PmSubstates: bit(4),
      linkActivationSupported: bit(5),
      // Microseconds.
      portCommonModeRestoreTime: bits(8, 15),
      // Value times 2, 10 or 100 microseconds (scale 0, 1, 2).
      portTPowerOnScale: bits(16, 17),
      portTPowerOnValue: bits(19, 23),
    }),
    control1: reg32(0x08, {
      ...SUBSTATES,
      linkActivationInterruptEnable: bit(4),
      linkActivationControl: bit(5),
      // Microseconds.
      commonModeRestoreTime: bits(8, 15),
      // Value times 32 to the power of scale, in nanoseconds; scales 6 and 7 are reserved.
      ltrL1_2ThresholdValue: bits(16, 25),
      ltrL1_2ThresholdScale: bits(29, 31),
    }),
    control2: reg32(0x0c, { tPowerOnScale: bits(0, 1), tPowerOnValue: bits(3, 7) }),
    status: when(peek => (peek.u32(CAPABILITIES) & 0x20) !== 0, reg32(0x10, { linkActivationStatus: bit(0) })),
  },
});
