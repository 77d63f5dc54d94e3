/** Device 3, ID 002Fh (PCIe 6.2 §7.7.9). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg32 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_DEV3 } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const device3 = extendedCapability({
  id: PCI_EXT_CAP_ID_DEV3,
  name: 'Device 3',
  length: 16,
  privatePlaces: 'nothing',
  registers: {
    capabilities: reg32(0x04, {
      dmwrRequestRoutingSupported: bit(0),
      tag14BitCompleterSupported: bit(1),
      tag14BitRequesterSupported: bit(2),
      receiverL0pSupported: bit(3),
      portL0pExitLatency: bits(4, 6),
      retimerL0pExitLatency: bits(7, 9),
      uioMemoryCompleterSupported: bit(10),
      uioMemoryRequesterSupported: bit(11),
    }),
    control: reg32(0x08, {
      dmwrRequesterEnable: bit(0),
      dmwrEgressBlocking: bit(1),
      tag14BitRequesterEnable: bit(2),
      l0pEnable: bit(3),
      targetLinkWidth: bits(4, 6),
      uioMemoryRequesterEnable: bit(7),
      uioRequest256BBoundaryDisable: bit(8),
    }),
    status: reg32(0x0c, { initialLinkWidth: bits(0, 2), segmentCaptured: bit(3), remoteL0pSupported: bit(4) }),
  },
});
