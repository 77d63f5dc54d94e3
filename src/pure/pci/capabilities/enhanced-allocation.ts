/** Enhanced Allocation, ID 14h: resources at fixed addresses, in entries of any size (PCIe 6.0 §7.8.5). */
import { bit, bits, choice, mapped } from '../../bytes/bits.ts';
import { group, type Peek, reg8, reg32, reserved, sequence, u8, u32, when } from '../../bytes/layout.ts';
import { standardCapability } from '../capability.ts';

export const BAR_EQUIVALENTS = {
  ...{ 0: 'BAR 0', 1: 'BAR 1', 2: 'BAR 2', 3: 'BAR 3', 4: 'BAR 4', 5: 'BAR 5' },
  ...{ 6: 'resource behind function', 7: 'not indicated', 8: 'expansion ROM' },
  ...{ 9: 'VF-BAR 0', 10: 'VF-BAR 1', 11: 'VF-BAR 2', 12: 'VF-BAR 3', 13: 'VF-BAR 4', 14: 'VF-BAR 5', 15: 'reserved' },
} as const;

export const EA_PROPERTIES = {
  0: 'memory space, non-prefetchable',
  1: 'memory space, prefetchable',
  2: 'I/O space',
  3: 'VF memory space, prefetchable',
  4: 'VF memory space, non-prefetchable',
  5: 'allocation behind bridge, non-prefetchable memory',
  6: 'allocation behind bridge, prefetchable memory',
  7: 'allocation behind bridge, I/O space',
  253: 'memory space resource unavailable for use',
  254: 'I/O space resource unavailable for use',
  255: 'entry unavailable for use',
} as const;

/** Dwords of an entry behind its first, 0 to 7. */
const entrySize = (peek: Peek) => peek.u8(0) & 7;
const isBase64 = (peek: Peek) => entrySize(peek) >= 1 && (peek.u8(4) & 2) !== 0;
const isMaxOffset64 = (peek: Peek) => entrySize(peek) >= 2 && (peek.u8(8) & 2) !== 0;
/** The dword at which the upper half of MaxOffset stands: behind that of Base where there is one. */
const maxOffsetUpperDword = (peek: Peek) => (isBase64(peek) ? 4 : 3);
const hasBaseUpper = (peek: Peek) => isBase64(peek) && entrySize(peek) >= 3;
const hasMaxOffsetUpper = (peek: Peek) => isMaxOffset64(peek) && entrySize(peek) >= maxOffsetUpperDword(peek);

function usedDwords(peek: Peek): number {
  const size = entrySize(peek);
  if (hasMaxOffsetUpper(peek)) return maxOffsetUpperDword(peek);
  return hasBaseUpper(peek) ? 3 : Math.min(size, 2);
}

const entry = group({
  header: reg32(0x00, {
    entrySize: bits(0, 2),
    barEquivalent: choice(4, 7, BAR_EQUIVALENTS),
    primaryProperties: choice(8, 15, EA_PROPERTIES),
    secondaryProperties: choice(16, 23, EA_PROPERTIES),
    writable: bit(30),
    enable: bit(31),
  }),
  base: when(
    peek => entrySize(peek) >= 1,
    reg32(0x04, {
      is64: bit(1),
      address: mapped(
        2,
        31,
        raw => raw * 4,
        address => address / 4,
      ),
    }),
  ),
  // The last byte of the range, counted from its base: the two low bits are ones.
  maxOffset: when(
    peek => entrySize(peek) >= 2,
    reg32(0x08, {
      is64: bit(1),
      offset: mapped(
        2,
        31,
        raw => raw * 4 + 3,
        offset => (offset - 3) / 4,
      ),
    }),
  ),
  baseUpper: when(hasBaseUpper, u32(0x0c)),
  maxOffsetUpper: when(
    hasMaxOffsetUpper,
    u32(peek => 4 * maxOffsetUpperDword(peek)),
  ),
  reserved: reserved(
    peek => 4 + 4 * usedDwords(peek),
    peek => 4 * (entrySize(peek) - usedDwords(peek)),
  ),
});

const first = reg8(0x02, { entries: bits(0, 5) });
const entries = (at: number) =>
  sequence(
    at,
    peek => peek.u8(0x02) & 0x3f,
    peek => 4 + 4 * entrySize(peek),
    entry,
  );

const ENHANCED_ALLOCATION = 0x14;

export const enhancedAllocation = standardCapability({
  id: ENHANCED_ALLOCATION,
  registers: { first, reserved: reserved(0x03, 1), entries: entries(0x04) },
});

/** The form of a Type 1 function: a dword with fixed bus numbers stands before the entries. */
export const enhancedAllocationBridge = standardCapability({
  id: ENHANCED_ALLOCATION,
  registers: {
    first,
    reserved: reserved(0x03, 1),
    fixedSecondaryBus: u8(0x04),
    fixedSubordinateBus: u8(0x05),
    reservedBus: reserved(0x06, 2),
    entries: entries(0x08),
  },
});
