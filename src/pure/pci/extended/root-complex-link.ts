/** Root Complex Link Declaration, ID 0005h (PCIe 6.0 §7.9.8). */
import { bit, bits, choice } from '../../bytes/bits.ts';
import { group, list, reg32, reserved, u64 } from '../../bytes/layout.ts';
import { PCI_EXT_CAP_ID_RCLD } from '../../spec/pci-regs.ts';
import { extendedCapability } from '../capability.ts';
import { type AddressPlace, type PlaceFinder, zeroed } from '../private-place.ts';

/** Where a link of type `configSpace` leads, as its address says (PCIe 6.0 §7.9.8.3.2). */
export interface LinkedFunction {
  readonly bus: number;
  readonly device: number;
  readonly function: number;
}

/** The function in the configuration space that the link address of a `configSpace` link names. */
export function linkedFunction(address: bigint): LinkedFunction {
  const low = Number(address & 0xffffffffn);
  // N bus number bits, 000b means 8.
  const busBits = (low & 7) === 0 ? 8 : low & 7;
  return { bus: (low >>> 20) & ((1 << busBits) - 1), device: (low >>> 15) & 31, function: (low >>> 12) & 7 };
}

const LINK_COUNT = 0x05;
const FIRST_LINK = 0x10;
const LINK_SIZE = 16;
const ADDRESS = 0x08;

/** Where memory-mapped links lead; that of a link in the configuration space is a place on the bus. */
const linkPlaces: PlaceFinder<AddressPlace> = (config, at) => {
  const places: AddressPlace[] = [];
  for (let i = 0; i < (config.read(at + LINK_COUNT, 1) ?? 0); i++) {
    const link = at + FIRST_LINK + LINK_SIZE * i;
    if (((config.read(link, 1) ?? 0) & 2) !== 0) continue;
    places.push(zeroed(link + ADDRESS, `link ${i}`, 0), zeroed(link + ADDRESS + 4, `link ${i}, upper half`, 0));
  }
  return places;
};

export const rootComplexLink = extendedCapability({
  id: PCI_EXT_CAP_ID_RCLD,
  name: 'RC Link',
  title: 'Root Complex Link Declaration',
  length: 'to-next',
  privatePlaces: { addresses: linkPlaces },
  registers: {
    self: reg32(0x04, {
      elementType: choice(0, 3, { 0: 'configurationSpace', 1: 'systemEgressPort', 2: 'internalRootComplexLink' }),
      linkCount: bits(8, 15),
      componentId: bits(16, 23),
      portNumber: bits(24, 31),
    }),
    reserved: reserved(0x08, 8),
    links: list(
      FIRST_LINK,
      LINK_SIZE,
      peek => peek.u8(LINK_COUNT),
      group({
        description: reg32(0x00, {
          valid: bit(0),
          type: choice(1, 1, { 0: 'memoryMapped', 1: 'configSpace' }),
          // The address is that of an RCRB.
          associatesRcrb: bit(2),
          targetComponentId: bits(16, 23),
          targetPortNumber: bits(24, 31),
        }),
        reserved: reserved(0x04, 4),
        address: u64(ADDRESS),
      }),
    ),
  },
});
