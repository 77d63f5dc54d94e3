/** Alternate Protocol, ID 002Bh (PCIe 6.0 §7.9.20). */
import { bit, bits } from '../../bytes/bits.ts';
import { list, type Peek, reg32, u32, when } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

const CAPABILITIES = 0x04;

function hasSelectiveEnable(peek: Peek): boolean {
  return (peek.u32(CAPABILITIES) & 0x100) !== 0;
}

export const alternateProtocol = extendedCapability({
  id: 0x2b,
  name: 'Alternate Protocol',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg32(CAPABILITIES, { count: bits(0, 7), selectiveEnableSupported: bit(8) }),
    control: reg32(0x08, { indexSelect: bits(0, 7), negotiationGlobalEnable: bit(8) }),
    // What the protocol at the selected index is.
    data1: reg32(0x0c, { usageInformation: bits(0, 2), details: bits(5, 15), vendorId: bits(16, 31) }),
    data2: reg32(0x10, { modifiedTsInformation2: bits(0, 23) }),
    // Bit n of the whole: protocol n.
    selectiveEnableMask: when(
      hasSelectiveEnable,
      list(0x14, 4, peek => Math.max(Math.ceil(peek.u8(CAPABILITIES) / 32), 1), u32(0)),
    ),
  },
});
