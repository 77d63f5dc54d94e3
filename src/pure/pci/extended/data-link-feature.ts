/** Data Link Feature, ID 0025h (PCIe 6.0 §7.7.4). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_DLF } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

/** Features of one end of the link (PCIe 6.0 §3.3). */
const FEATURES = { scaledFlowControl: bit(0), immediateReadiness: bit(1), extendedVcCount: bits(2, 4), l0pExitLatency: bits(5, 7) };

export const dataLinkFeature = extendedCapability({
  id: PCI_EXT_CAP_ID_DLF,
  name: 'Data Link Feature',
  length: 12,
  privatePlaces: 'nothing',
  registers: {
    // What this end supports.
    capabilities: reg32(0x04, { ...FEATURES, exchangeEnable: bit(31) }),
    // What the other end said.
    status: reg32(0x08, { ...FEATURES, remoteValid: bit(31) }),
  },
});
