/** Enhanced Allocation, ID 14h: resources at fixed addresses, in entries of any size (PCIe 6.0 §7.8.5). */
import { bit, bits, choice, flag, mapped, span } from '../../bytes/bits.ts';
import { group, type Peek, reg8, reg32, reserved, sequence, u8, u32, when } from '../../bytes/layout.ts';
import {
  PCI_CAP_ID_EA,
  PCI_EA_BASE,
  PCI_EA_ES,
  PCI_EA_FIELD_MASK,
  PCI_EA_FIRST_ENT,
  PCI_EA_FIRST_ENT_BRIDGE,
  PCI_EA_IS_64,
  PCI_EA_MAX_OFFSET,
  PCI_EA_NUM_ENT,
  PCI_EA_NUM_ENT_MASK,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
} from '../../spec/pci-regs.ts';
import { standardCapability } from '../capability.ts';
import { type AddressPlace, type PlaceFinder, zeroed } from '../private-place.ts';

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

const BASE_UPPER = 0x0c;

/** Dwords of an entry behind its first, 0 to 7. */
const entrySize = (peek: Peek) => peek.u8(0) & PCI_EA_ES;
const isBase64 = (peek: Peek) => entrySize(peek) >= 1 && (peek.u8(PCI_EA_BASE) & PCI_EA_IS_64) !== 0;
const isMaxOffset64 = (peek: Peek) => entrySize(peek) >= 2 && (peek.u8(PCI_EA_MAX_OFFSET) & PCI_EA_IS_64) !== 0;
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
    entrySize: bits(...span(PCI_EA_ES)),
    barEquivalent: choice(4, 7, BAR_EQUIVALENTS),
    primaryProperties: choice(8, 15, EA_PROPERTIES),
    secondaryProperties: choice(16, 23, EA_PROPERTIES),
    writable: bit(30),
    enable: bit(31),
  }),
  base: when(
    peek => entrySize(peek) >= 1,
    reg32(PCI_EA_BASE, {
      is64: flag(PCI_EA_IS_64),
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
    reg32(PCI_EA_MAX_OFFSET, {
      is64: flag(PCI_EA_IS_64),
      offset: mapped(
        2,
        31,
        raw => raw * 4 + 3,
        offset => (offset - 3) / 4,
      ),
    }),
  ),
  baseUpper: when(hasBaseUpper, u32(BASE_UPPER)),
  maxOffsetUpper: when(
    hasMaxOffsetUpper,
    u32(peek => 4 * maxOffsetUpperDword(peek)),
  ),
  reserved: reserved(
    peek => 4 + 4 * usedDwords(peek),
    peek => 4 * (entrySize(peek) - usedDwords(peek)),
  ),
});

const first = reg8(PCI_EA_NUM_ENT, { entries: bits(...span(PCI_EA_NUM_ENT_MASK)) });
const entries = (at: number) =>
  sequence(
    at,
    peek => peek.u8(PCI_EA_NUM_ENT) & PCI_EA_NUM_ENT_MASK,
    peek => 4 + 4 * entrySize(peek),
    entry,
  );

/** Base is the second dword of an entry, its upper half the fourth where the entry says that there is one. */
const enhancedAllocationPlaces: PlaceFinder<AddressPlace> = (config, offset) => {
  const places: AddressPlace[] = [];
  const count = (config.read(offset + PCI_EA_NUM_ENT, 1) ?? 0) & PCI_EA_NUM_ENT_MASK;
  const isBridge = ((config.read(PCI_HEADER_TYPE, 1) ?? 0) & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_BRIDGE;
  let at = offset + (isBridge ? PCI_EA_FIRST_ENT_BRIDGE : PCI_EA_FIRST_ENT);
  for (let i = 0; i < count; i++) {
    const size = (config.read(at, 1) ?? 0) & PCI_EA_ES;
    const isWide = ((config.read(at + PCI_EA_BASE, 4) ?? 0) & PCI_EA_IS_64) !== 0;
    if (size >= 1) places.push(zeroed(at + PCI_EA_BASE, `EA entry ${i}`, ~PCI_EA_FIELD_MASK));
    if (size >= 3 && isWide) places.push(zeroed(at + BASE_UPPER, `EA entry ${i}, upper half`, 0));
    at += 4 + 4 * size;
  }
  return places;
};

const ENHANCED_ALLOCATION = {
  id: PCI_CAP_ID_EA,
  name: 'EA',
  title: 'Enhanced Allocation',
  length: 'to-next',
  privatePlaces: { addresses: enhancedAllocationPlaces },
} as const;

export const enhancedAllocation = standardCapability({
  ...ENHANCED_ALLOCATION,
  registers: { first, reserved: reserved(0x03, 1), entries: entries(PCI_EA_FIRST_ENT) },
});

/** The form of a Type 1 function: a dword with fixed bus numbers stands before the entries. */
export const enhancedAllocationBridge = standardCapability({
  ...ENHANCED_ALLOCATION,
  registers: {
    first,
    reserved: reserved(0x03, 1),
    fixedSecondaryBus: u8(0x04),
    fixedSubordinateBus: u8(0x05),
    reservedBus: reserved(0x06, 2),
    entries: entries(PCI_EA_FIRST_ENT_BRIDGE),
  },
});
