/** Resizable BAR, ID 0015h (PCIe 6.0 §7.8.6). */
import { bits } from '../../bytes/bits.ts';
import { group, list, type Peek, reg32 } from '../../bytes/layout.ts';
import { extendedCapability } from '../capability.ts';

const MOST_BARS = 6;

/** From the first control register; one entry at least, since that is where the count stands. */
function entryCount(peek: Peek): number {
  return Math.min(Math.max(peek.u8(0x08) >> 5, 1), MOST_BARS);
}

/** Two registers a BAR, the same in the capability for the BARs of VFs. */
export const RESIZABLE_BAR_ENTRY = group({
  // Bit n: 2 to the power of n MB, from 1 MB to 128 TB.
  capability: reg32(0x00, { supportedSizes: bits(4, 31) }),
  control: reg32(0x04, {
    barIndex: bits(0, 2),
    // Only in the first entry.
    barCount: bits(5, 7),
    // 2 to the power of this MB.
    size: bits(8, 13),
    // Bit n: 2 to the power of 28 + n MB, from 256 TB to 8 EB.
    supportedLargeSizes: bits(16, 31),
  }),
});

export const resizableBar = extendedCapability({
  id: 0x15,
  registers: { bars: list(0x04, 8, entryCount, RESIZABLE_BAR_ENTRY) },
});
