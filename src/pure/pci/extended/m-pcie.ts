/** PCI Express over M-PHY, ID 0020h (PCIe 3.1 §8; withdrawn in 5.0). */
import { bit, bits, choice } from '../../bytes/bits.ts';
import { reg32, u32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const mPcie = extendedCapability({
  id: 0x20,
  name: 'M-PCIe',
  title: 'PCI Express over M-PHY',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    // Speeds are sets of bits: HS-G1, HS-G2. Widths: x1, x2, x4, x8, x12, x16, x32.
    capabilities: reg32(0x04, {
      linkSpeeds: bits(0, 1),
      configurationSoftwareSupported: bit(15),
      maxTxLaneWidths: bits(16, 23),
      maxRxLaneWidths: bits(24, 31),
    }),
    control: reg32(0x08, { targetLinkSpeed: bits(0, 1) }),
    status: reg32(0x0c, {
      currentLinkSpeed: bits(0, 1),
      configurationSoftware: bit(15),
      // Lanes, as a number.
      txLaneWidth: bits(16, 23),
      rxLaneWidth: bits(24, 31),
    }),
    // Bit n: lane n.
    laneErrorStatus: u32(0x10),
    phyControlAddress: reg32(0x14, {
      lowerAddress: bits(0, 7),
      upperAddress: bits(16, 20),
      upperAddress5: bit(24),
      phyLocation: choice(25, 27, { 0: 'local', 1: 'remote' }),
      read: bit(30),
      config: bit(31),
    }),
    phyControlData: reg32(0x18, { data: bits(0, 7), error: bit(29), abort: bit(30), pending: bit(31) }),
  },
});
