/** Alternative Routing-ID Interpretation, ID 000Eh (PCIe 6.0 §7.8.8). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg16 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const ari = extendedCapability({
  id: 0x0e,
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
