/** Hierarchy ID, ID 0028h (PCIe 6.0 §7.9.17). */
import { bit, bits } from '../../bytes/bits.ts';
import { raw, reg32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';
import type { PlaceFinder, PrivatePlace } from '../private-place.ts';

const GUID = 0x0c;
const GUID_SIZE = 20;

const guidPlaces: PlaceFinder<PrivatePlace> = (_config, at) => [{ at: at + GUID, length: GUID_SIZE, what: 'system GUID' }];

export const hierarchyId = extendedCapability({
  id: 0x28,
  name: 'Hierarchy ID',
  length: 'to-next',
  privatePlaces: { serials: guidPlaces },
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
    systemGuid: raw(GUID, GUID_SIZE),
  },
});
