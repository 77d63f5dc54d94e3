/** Inputs on which QEMU 11.1 hangs or dies, as docs/differences.md lists them: what they look like and how QEMU ends. */
import { extendedChain, overlongRebars, room, standardChain, standardOf, u16, u32 } from './chains.ts';
import type { GuestDevice, GuestEnd } from './qemu-guest.ts';

export interface FatalInput {
  readonly name: string;
  /** More than one where it depends on other bytes. */
  readonly ends: readonly GuestEnd[];
  /** What QEMU says before it dies. */
  readonly words: RegExp;
  readonly matches: (device: GuestDevice) => boolean;
}

const MSI = 0x05;
const MSIX = 0x11;

export const FATAL_INPUTS: readonly FatalInput[] = [
  {
    name: 'a capability list that leads back into itself',
    ends: ['hung'],
    words: /^$/,
    matches: ({ bytes }) => standardChain(bytes).isCycle || extendedChain(bytes).isCycle,
  },
  {
    // It follows what it makes of the header itself; the pointer of a capability at FFh is byte 100h as it takes the list, and byte 0 to
    // whoever looks through the list later.
    name: 'a standard list that leads below 40h or to FFh',
    ends: ['hung', 'died'],
    words: /^$/,
    matches: ({ bytes }) => standardChain(bytes).offsets.some(offset => offset < 0x40 || offset === 0xff),
  },
  {
    name: 'an extended list that leads to 004h to 0FCh',
    ends: ['died'],
    words: />= PCI_CONFIG_SPACE_SIZE/,
    matches: ({ bytes }) => extendedChain(bytes).offsets.some(offset => offset < 0x100),
  },
  {
    name: 'an extended capability in the last 4 bytes, or with less than 8 to the next',
    ends: ['died'],
    words: /size >= 8|next <= PCIE_CONFIG_SPACE_SIZE - 8/,
    matches: ({ bytes }) =>
      extendedChain(bytes).offsets.some((offset, _, offsets) => room({ offsets, isCycle: false }, offset, 0x1000) < 8),
  },
  {
    name: 'MSI with Multiple Message Capable 6 or 7',
    ends: ['died'],
    words: /nr_vectors <= PCI_MSI_VECTORS_MAX/,
    matches: ({ bytes }) => standardOf(bytes, MSI).some(offset => ((u16(bytes, offset + 2) >> 1) & 7) > 5),
  },
  {
    name: 'a BAR whose size is no power of two',
    ends: ['died'],
    words: /is_power_of_2\(size\)/,
    matches: ({ barSizes }) => barSizes.some(size => (size & (size - 1)) !== 0),
  },
  {
    name: 'header type 1 with regions 2 to 5',
    ends: ['died'],
    words: /hdr_type != PCI_HEADER_TYPE_BRIDGE/,
    matches: ({ bytes, barSizes }) => (bytes[0x0e] & 0x7f) === 1 && barSizes.slice(2).some(size => size > 0),
  },
  {
    name: 'MSI-X whose table is in a region of size 0',
    ends: ['died'],
    words: /^$/,
    matches: ({ bytes, barSizes }) => standardOf(bytes, MSIX).some(offset => (barSizes[u32(bytes, offset + 4) & 7] ?? 0) === 0),
  },
  {
    // As soon as the region of the table is mapped: at once where Command decodes memory and the region behind a 64-bit BAR has type bits.
    name: 'two MSI-X capabilities',
    ends: ['hung'],
    words: /^$/,
    matches: ({ bytes }) => standardOf(bytes, MSIX).length > 1,
  },
  {
    name: 'ReBAR with more BARs than it has room for',
    ends: ['died'],
    words: /./,
    matches: ({ bytes }) => overlongRebars(bytes).length > 0,
  },
];

/** The kinds of fatal input that a device is. */
export function fatalKinds(device: GuestDevice): FatalInput[] {
  return FATAL_INPUTS.filter(({ matches }) => matches(device));
}
