/** Process Address Space ID, ID 001Bh (PCIe 6.0 §7.8.9). */
import { bit, bits, flag, span } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import {
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_PASID_SIZEOF,
  PCI_PASID_CAP,
  PCI_PASID_CAP_EXEC,
  PCI_PASID_CAP_PRIV,
  PCI_PASID_CAP_WIDTH,
  PCI_PASID_CTRL,
  PCI_PASID_CTRL_ENABLE,
  PCI_PASID_CTRL_EXEC,
  PCI_PASID_CTRL_PRIV,
} from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const pasid = extendedCapability({
  id: PCI_EXT_CAP_ID_PASID,
  name: 'PASID',
  title: 'Process Address Space ID',
  length: PCI_EXT_CAP_PASID_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(PCI_PASID_CAP, {
      executePermissionSupported: flag(PCI_PASID_CAP_EXEC),
      privilegedModeSupported: flag(PCI_PASID_CAP_PRIV),
      // Translated Requests may carry a PASID (PCIe 6.0 §10.2.5).
      translatedRequestsWithPasidSupported: bit(3),
      // PASIDs have this many bits, at most 20.
      maxPasidWidth: bits(...span(PCI_PASID_CAP_WIDTH)),
    }),
    control: reg16(PCI_PASID_CTRL, {
      enable: flag(PCI_PASID_CTRL_ENABLE),
      executePermissionEnable: flag(PCI_PASID_CTRL_EXEC),
      privilegedModeEnable: flag(PCI_PASID_CTRL_PRIV),
      translatedRequestsWithPasidEnable: bit(3),
    }),
  },
});
