/** Hierarchy ID, ID 0028h (PCIe 6.0 §7.9.17). */
import { bit, bits } from '../../bytes/bits.ts';
import { raw, reg32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const hierarchyId = extendedCapability({
  id: 0x28,
  name: 'Hierarchy ID',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    status: reg32(0x04, {
      messageRequesterId: bits(0, 15),
      valid: bit(28),
      writeable: bit(29),
      vfConfigurable: bit(30),
      pending: bit(31),
    }),
    data: reg32(0x08, { systemGuidAuthorityId: bits(0, 7), hierarchyId: bits(16, 31) }),
    // GUID registers 1 to 5.
    systemGuid: raw(0x0c, 20),
  },
});
