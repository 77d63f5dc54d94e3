/** Where config space holds what is private to one machine (PCIe 6.0 §7.5.1.2, §7.5.1.3, §7.9.3, §7.9.18, §7.8.5, §7.9.11, §9.3.3). */
import type { ConfigSpace } from '../pci/config-space.ts';
import { hasExtendedSpace } from '../pci/decode-device.ts';
import { type CapabilityRef, walkExtended, walkStandard } from '../pci/walk.ts';
import type { AddressPlace, PrivatePlace } from './private-place.ts';
import { bridgeWindowPlaces, cardbusWindowPlaces } from './private-windows.ts';

type Finder<P> = (config: ConfigSpace, offset: number) => P[];

const VPD = 0x03;
const ENHANCED_ALLOCATION = 0x14;
const DEVICE_SERIAL_NUMBER = 0x03;
const SR_IOV = 0x10;
const MULTICAST = 0x12;

/** An address of 0: `keep` are the bits of the register that are none. */
function zeroed(at: number, what: string, keep: number): AddressPlace {
  return { at, length: 4, what, keep: keep >>> 0, value: 0 };
}

/** `count` base address registers from `first` on: type bits stay, the upper half of a 64-bit one has none. */
function barPlaces(config: ConfigSpace, first: number, count: number, what: string): AddressPlace[] {
  const places: AddressPlace[] = [];
  for (let i = 0; i < count; i++) {
    const at = first + 4 * i;
    const low = config.read(at, 1) ?? 0;
    places.push(zeroed(at, `${what} ${i}`, (low & 1) === 1 ? 3 : 0xf));
    if ((low & 7) !== 4 || i + 1 === count) continue;
    places.push(zeroed(at + 4, `${what} ${i}, upper half`, 0));
    i++;
  }
  return places;
}

/** All of a ROM register's bits below 2 KB are no address. */
const ROM_KEEP = 0x7ff;

function headerPlaces(config: ConfigSpace): AddressPlace[] {
  switch ((config.read(0x0e, 1) ?? 0xff) & 0x7f) {
    case 0:
      return [...barPlaces(config, 0x10, 6, 'BAR'), zeroed(0x30, 'expansion ROM', ROM_KEEP)];
    case 1:
      return [...barPlaces(config, 0x10, 2, 'BAR'), ...bridgeWindowPlaces(), zeroed(0x38, 'expansion ROM', ROM_KEEP)];
    case 2:
      return [...barPlaces(config, 0x10, 1, 'BAR'), ...cardbusWindowPlaces()];
    default:
      return [];
  }
}

/** Enhanced Allocation: entries of 1 + n dwords; Base is the second, its upper half the fourth where bit 1 of it says so. */
const enhancedAllocationPlaces: Finder<AddressPlace> = (config, offset) => {
  const places: AddressPlace[] = [];
  const count = (config.read(offset + 2, 1) ?? 0) & 0x3f;
  const isBridge = ((config.read(0x0e, 1) ?? 0) & 0x7f) === 1;
  let at = offset + (isBridge ? 8 : 4);
  for (let i = 0; i < count; i++) {
    const size = (config.read(at, 1) ?? 0) & 7;
    if (size >= 1) places.push(zeroed(at + 4, `EA entry ${i}`, 3));
    if (size >= 3 && ((config.read(at + 4, 1) ?? 0) & 2) !== 0) places.push(zeroed(at + 12, `EA entry ${i}, upper half`, 0));
    at += 4 + 4 * size;
  }
  return places;
};

/** MC_Base_Address and the overlay BAR, the low bits of which say how large they are. */
const multicastPlaces: Finder<AddressPlace> = (_config, offset) => [
  zeroed(offset + 0x08, 'multicast base address', 0xfff),
  zeroed(offset + 0x0c, 'multicast base address, upper half', 0),
  zeroed(offset + 0x28, 'multicast overlay', 0x3f),
  zeroed(offset + 0x2c, 'multicast overlay, upper half', 0),
];

function capabilityPlaces<P>(
  config: ConfigSpace,
  finders: Readonly<Record<CapabilityRef['kind'], Readonly<Record<number, Finder<P>>>>>,
): P[] {
  // Bytes from 100h up are registers only where there is an extended space.
  const extended = hasExtendedSpace(config) ? walkExtended(config).capabilities : [];
  return [...walkStandard(config).capabilities, ...extended].flatMap(({ kind, id, offset }) => finders[kind][id]?.(config, offset) ?? []);
}

/** The serial number of DSN, and VPD's data register, which holds what was read last. */
export function serialPlaces(config: ConfigSpace): PrivatePlace[] {
  return capabilityPlaces<PrivatePlace>(config, {
    standard: { [VPD]: (_config, offset) => [{ at: offset + 4, length: 4, what: 'VPD data' }] },
    extended: { [DEVICE_SERIAL_NUMBER]: (_config, offset) => [{ at: offset + 4, length: 8, what: 'serial number' }] },
  });
}

/** Where a header of each kind has addresses: of one whose kind is not known, none of it may be told. */
export function obscurePlaces(config: ConfigSpace): PrivatePlace[] {
  if (config.bytes.length <= 0x10 || config.isKnown(0x0e)) return [];
  return [{ at: 0x10, length: 0x2c, what: 'addresses of a header of unknown kind' }];
}

/** All registers that hold an address of the host. */
export function addressPlaces(config: ConfigSpace): AddressPlace[] {
  const capabilities = capabilityPlaces<AddressPlace>(config, {
    standard: { [ENHANCED_ALLOCATION]: enhancedAllocationPlaces },
    extended: { [SR_IOV]: (_, offset) => barPlaces(config, offset + 0x24, 6, 'VF BAR'), [MULTICAST]: multicastPlaces },
  });
  return [...headerPlaces(config), ...capabilities];
}
