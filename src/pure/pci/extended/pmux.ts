/** Protocol Multiplexing, ID 001Ah (PCIe 6.0 Appendix G.5). */
import { bit, bits } from '../../bytes/bits.ts';
import { list, reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PMUX } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const pmux = extendedCapability({
  id: PCI_EXT_CAP_ID_PMUX,
  name: 'PMUX',
  title: 'Protocol Multiplexing',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capability: reg32(0x04, {
      protocolArraySize: bits(0, 5),
      speed2_5: bit(8),
      speed5: bit(9),
      speed8: bit(10),
      speed16: bit(11),
    }),
    // The entry of the protocol array, from 1, that a channel is assigned to; 0 for none.
    control: reg32(0x08, { channel0: bits(0, 5), channel1: bits(8, 13), channel2: bits(16, 21), channel3: bits(24, 29) }),
    status: reg32(0x0c, {
      channel0DisabledLinkSpeed: bit(0),
      channel0DisabledLinkWidth: bit(1),
      channel0DisabledProtocolSpecific: bit(2),
      channel1DisabledLinkSpeed: bit(8),
      channel1DisabledLinkWidth: bit(9),
      channel1DisabledProtocolSpecific: bit(10),
      channel2DisabledLinkSpeed: bit(16),
      channel2DisabledLinkWidth: bit(17),
      channel2DisabledProtocolSpecific: bit(18),
      channel3DisabledLinkSpeed: bit(24),
      channel3DisabledLinkWidth: bit(25),
      channel3DisabledProtocolSpecific: bit(26),
    }),
    protocols: list(0x10, 4, peek => peek.u8(0x04) & 0x3f, reg32(0, { protocolId: bits(0, 15), authorityId: bits(16, 31) })),
  },
});
