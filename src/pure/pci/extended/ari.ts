/** Alternative Routing-ID Interpretation, ID 000Eh (PCIe 6.0 §7.8.8). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ARI_SIZEOF, PCI_EXT_CAP_ID_ARI } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';

export const ari = extendedCapability({
  id: PCI_EXT_CAP_ID_ARI,
  name: 'ARI',
  title: 'Alternative Routing-ID Interpretation',
  length: PCI_EXT_CAP_ARI_SIZEOF,
  privatePlaces: 'nothing',
  registers: {
    capability: reg16(0x04, {
      mfvcFunctionGroups: bit(0),
      acsFunctionGroups: bit(1),
      // Number of the device's next function; 0 ends the list.
      nextFunction: bits(8, 15),
    }),
    control: reg16(0x06, { mfvcFunctionGroupsEnable: bit(0), acsFunctionGroupsEnable: bit(1), functionGroup: bits(4, 6) }),
  },
});
