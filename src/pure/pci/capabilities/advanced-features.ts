/** Advanced Features, ID 13h: Function Level Reset for conventional PCI (PCI AF ECN; PCIe 6.0 §7.9.22). */
import { bit } from '../../bytes/bits.ts';
import { reg8, u8 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const advancedFeatures = standardCapability({
  id: 0x13,
  registers: {
    // Bytes of the capability: 6.
    length: u8(0x02),
    capabilities: reg8(0x03, { transactionsPending: bit(0), functionLevelReset: bit(1) }),
    control: reg8(0x04, { initiateFunctionLevelReset: bit(0) }),
    status: reg8(0x05, { transactionsPending: bit(0) }),
  },
});
