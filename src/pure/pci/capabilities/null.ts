/** Null, ID 00h: a header without registers, left where a capability was removed (PCI Code and ID Assignment §2). */
import { standardCapability } from '../capability.ts';

export const nullCapability = standardCapability({
  id: 0x00,
  name: 'Null',
  title: 'Null Capability',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {},
});
