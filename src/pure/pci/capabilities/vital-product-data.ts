/** Vital Product Data, ID 03h: a window to bytes that lie elsewhere (PCIe 6.0 §7.9.18). */
import { bit, bits } from '../../bytes/bits.ts';
import { reg16, u32 } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const vitalProductData = standardCapability({
  id: 0x03,
  registers: {
    // The flag is 0 when a read is asked for and 1 when it is done; for a write the other way round.
    address: reg16(0x02, { address: bits(0, 14), flag: bit(15) }),
    data: u32(0x04),
  },
});
