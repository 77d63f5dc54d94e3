/** The guest's base address regions where the arrays of MSI-X moved within one of them, or into one of their own. */
import type { MovedArrays } from '../guest-view/index.ts';
import { PCI_BASE_ADDRESS_MEM_TYPE_64 } from '../spec/pci-regs.ts';
import type { SlotBar } from './bars.ts';

/** The device's own regions with the one that holds the arrays: larger, or one that the device does not have. */
export function withMovedArrays(bars: readonly SlotBar[], { bar, ownType, size: bytes, by: sizeFrom }: MovedArrays): SlotBar[] {
  const others = bars.filter(({ index }) => index !== bar);
  const device = bars.find(({ index }) => index === bar);
  const size = BigInt(bytes);
  const width = ownType !== null && (ownType & PCI_BASE_ADDRESS_MEM_TYPE_64) !== 0 ? 64 : 32;
  const own: SlotBar = { index: bar, state: 'present', kind: 'memory', width, prefetchable: true, size, sizeFrom };
  const moved: SlotBar = ownType !== null || device === undefined ? own : { ...device, size, sizeFrom };
  return [...others, moved].sort((a, b) => a.index - b.index);
}

/** The regions where it is not known whether one holds the arrays, or how large it is with them. */
export function withPossibleArrays(bars: readonly SlotBar[], bar: number): SlotBar[] {
  const unknown = { size: null, sizeFrom: null };
  const none: SlotBar = { index: bar, state: 'unknown', kind: null, width: null, prefetchable: null, ...unknown };
  const device = bars.find(({ index }) => index === bar) ?? none;
  return [...bars.filter(({ index }) => index !== bar), { ...device, ...unknown }].sort((a, b) => a.index - b.index);
}
