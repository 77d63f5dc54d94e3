/** Multicast, ID 0012h (PCIe 6.0 §7.9.11). */
import { bit, bits, mapped } from '../../bytes/bits.ts';
import { reg16, reg32, type Source, u32, u64, whenSource } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_MCAST } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { type AddressPlace, type PlaceFinder, zeroed } from '../private-place.ts';
import { expressType, isEndpoint } from './express-type.ts';

/** Ports can give a TLP another address on its way out; endpoints cannot. */
function hasOverlay(source: Source): boolean {
  const type = expressType(source);
  return type !== null && !isEndpoint(type);
}

/** Coded as one less than the count. */
const groups = mapped(
  0,
  5,
  raw => raw + 1,
  count => count - 1,
);

/** Address bits of a dword from bit `low` up, in place. */
function addressLow(low: number) {
  const unit = 2 ** low;
  return mapped(
    low,
    31,
    raw => raw * unit,
    address => address / unit,
  );
}

const BASE = 0x08;
const BASE_HIGH = 0x0c;
const OVERLAY = 0x28;
const OVERLAY_HIGH = 0x2c;

/** The low bits of either address say something else: index position, size. */
const multicastPlaces: PlaceFinder<AddressPlace> = (_config, at) => [
  zeroed(at + BASE, 'multicast base address', 0xfff),
  zeroed(at + BASE_HIGH, 'multicast base address, upper half', 0),
  zeroed(at + OVERLAY, 'multicast overlay', 0x3f),
  zeroed(at + OVERLAY_HIGH, 'multicast overlay, upper half', 0),
];

export const multicast = extendedCapability({
  id: PCI_EXT_CAP_ID_MCAST,
  name: 'Multicast',
  length: 0x30,
  privatePlaces: { addresses: multicastPlaces },
  registers: {
    capability: reg16(0x04, {
      maxGroups: groups,
      // Endpoints: the window they want has 2 to the power of this bytes.
      windowSizeRequested: bits(8, 13),
      ecrcRegenerationSupported: bit(15),
    }),
    control: reg16(0x06, { numGroups: groups, enable: bit(15) }),
    // Index position: which address bit the group number starts at.
    base: reg32(BASE, { indexPosition: bits(0, 5), addressLow: addressLow(12) }),
    baseHigh: u32(BASE_HIGH),
    receive: u64(0x10),
    blockAll: u64(0x18),
    blockUntranslated: u64(0x20),
    // Size: 2 to the power of it, bytes; below 6 there is no overlay.
    overlay: whenSource(hasOverlay, reg32(OVERLAY, { size: bits(0, 5), addressLow: addressLow(6) })),
    overlayHigh: whenSource(hasOverlay, u32(OVERLAY_HIGH)),
  },
});
