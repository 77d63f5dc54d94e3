/** Process Address Space ID, ID 001Bh (PCIe 6.0 §7.8.9). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_PASID, PCI_EXT_CAP_PASID_SIZEOF } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const pasid = extendedCapability({
  id: PCI_EXT_CAP_ID_PASID,
  name: 'PASID',
  title: 'Process Address Space ID',
  length: PCI_EXT_CAP_PASID_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(0x04, {
      executePermissionSupported: bit(1),
      privilegedModeSupported: bit(2),
      // Translated Requests may carry a PASID (PCIe 6.0 §10.2.5).
      translatedRequestsWithPasidSupported: bit(3),
      // PASIDs have this many bits, at most 20.
      maxPasidWidth: bits(8, 12),
    }),
    control: reg16(0x06, {
      enable: bit(0),
      executePermissionEnable: bit(1),
      privilegedModeEnable: bit(2),
      translatedRequestsWithPasidEnable: bit(3),
    }),
  },
});
