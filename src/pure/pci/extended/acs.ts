/** Access Control Services, ID 000Dh (PCIe 6.0 §7.7.11). */
import { bit, bits, flag, mapped } from '../../bytes/bits.ts';
import { type Peek, raw, reg16, when } from '../../bytes/layout.ts';
import { PCI_ACS_CAP, PCI_ACS_EC, PCI_ACS_EGRESS_BITS, PCI_ACS_EGRESS_CTL_V, PCI_EXT_CAP_ID_ACS } from '../../spec/pci-regs.ts';
import { extendedCapability, type RegisterReader } from '../capability.ts';

/** The same bits in the capability and the control register. */
const SERVICES = {
  sourceValidation: bit(0),
  translationBlocking: bit(1),
  p2pRequestRedirect: bit(2),
  p2pCompletionRedirect: bit(3),
  upstreamForwarding: bit(4),
  p2pEgressControl: flag(PCI_ACS_EC),
  directTranslatedP2p: bit(6),
};

const hasEgressVector = (peek: Peek) => (peek.u8(PCI_ACS_CAP) & PCI_ACS_EC) !== 0;

/** Whole dwords for one bit a port or function; a size of 0 means 256. */
function egressVectorLength(peek: Peek): number {
  return Math.ceil((peek.u8(PCI_ACS_EGRESS_BITS) || 256) / 32) * 4;
}

function acsLength(registers: RegisterReader, at: number): number {
  const hasVector = registers.bits(at + PCI_ACS_CAP, 2, PCI_ACS_EC) !== 0;
  return PCI_ACS_EGRESS_CTL_V + (hasVector ? 4 * Math.ceil((registers.u8(at + PCI_ACS_EGRESS_BITS) || 256) / 32) : 0);
}

export const acs = extendedCapability({
  id: PCI_EXT_CAP_ID_ACS,
  name: 'ACS',
  title: 'Access Control Services',
  length: acsLength,
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(PCI_ACS_CAP, {
      ...SERVICES,
      enhanced: bit(7),
      // Bits; counts only with P2P Egress Control.
      egressVectorSize: mapped(
        8,
        15,
        raw => (raw === 0 ? 256 : raw),
        size => size & 255,
      ),
    }),
    control: reg16(0x06, {
      ...SERVICES,
      ioRequestBlocking: bit(7),
      downstreamMemoryTarget: bits(8, 9),
      upstreamMemoryTarget: bits(10, 11),
      unclaimedRequestRedirect: bit(12),
    }),
    egressControlVector: when(hasEgressVector, raw(PCI_ACS_EGRESS_CTL_V, egressVectorLength)),
  },
});
