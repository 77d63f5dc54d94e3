/** Shadow Functions, ID 002Dh (PCIe 6.0 §7.9.25). */
import { bit } from '../../bytes/bits.ts';
import { reg32, u32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

export const shadowFunctions = extendedCapability({
  id: 0x2d,
  name: 'Shadow Functions',
  length: 'to-next',
  privatePlaces: 'nothing',
  registers: {
    capability: u32(0x04),
    control: reg32(0x08, { enable: bit(0) }),
  },
});
