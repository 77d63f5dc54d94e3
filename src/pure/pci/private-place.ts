/** Parts of config space that are private to one machine: what a capability says of its own registers. */

import { PCI_BASE_ADDRESS_MEM_TYPE_64, PCI_BASE_ADDRESS_MEM_TYPE_MASK, PCI_BASE_ADDRESS_SPACE_IO } from '../spec/pci-regs.ts';
import { IO_TYPE, MEMORY_TYPE } from '../spec/pcie.ts';
import type { ConfigSpace } from './config-space.ts';

/** A run of bytes and what they tell, such as `BAR 0`. */
export interface PrivatePlace {
  /** Offset in config space, in bytes. */
  readonly at: number;
  /** Bytes. */
  readonly length: number;
  readonly what: string;
}

/** A register of at most four bytes; bits outside of `keep` are to read as in `value`. */
export interface AddressPlace extends PrivatePlace {
  readonly length: 1 | 2 | 4;
  readonly keep: number;
  readonly value: number;
}

/** Finds the places of the capability at `at`. */
export type PlaceFinder<P> = (config: ConfigSpace, at: number) => P[];

/** Numbers that a vendor gave one device, and addresses that the host gave it. A capability that has neither must say `nothing`. */
export type PrivatePlaces =
  | 'nothing'
  | { readonly serials: PlaceFinder<PrivatePlace>; readonly addresses?: undefined }
  | { readonly addresses: PlaceFinder<AddressPlace>; readonly serials?: undefined };

/** An address made 0: `keep` holds the bits of the register that are no address. */
export function zeroed(at: number, what: string, keep: number): AddressPlace {
  return { at, length: 4, what, keep: keep >>> 0, value: 0 };
}

/** `count` base address registers from `first` on: type bits stay, the upper half of a 64-bit one has none. */
export function barPlaces(config: ConfigSpace, first: number, count: number, what: string): AddressPlace[] {
  const places: AddressPlace[] = [];
  for (let i = 0; i < count; i++) {
    const at = first + 4 * i;
    const low = config.read(at, 1) ?? 0;
    const isIo = (low & PCI_BASE_ADDRESS_SPACE_IO) !== 0;
    places.push(zeroed(at, `${what} ${i}`, isIo ? IO_TYPE : MEMORY_TYPE));
    if (isIo || (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) !== PCI_BASE_ADDRESS_MEM_TYPE_64 || i + 1 === count) continue;
    places.push(zeroed(at + 4, `${what} ${i}, upper half`, 0));
    i++;
  }
  return places;
}
