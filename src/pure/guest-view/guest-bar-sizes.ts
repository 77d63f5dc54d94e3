/** Sizes of a guest's regions: the device's, but for a BAR that MSI-X's arrays moved to, and for a ROM that properties replace or take away. */
import type { GuestView } from './guest-view.ts';
import { guestBytes } from './guest-view.ts';
import { REASONS } from './reasons.ts';
import { relocatedBarSize } from './rules/vmm/msix-relocation.ts';
import type { Settings } from './settings.ts';

/** Table Size of Message Control, which stands before the register of the table (PCI 3.0 §6.8.2). */
const TABLE_SIZE = 0x07ff;

/** Bytes of each region, BAR 0 first, of a device whose own are `barSizes`; null where those are not known. */
export function guestBarSizes(view: GuestView, barSizes: readonly number[] | null): readonly number[] | null {
  const moved = view.patches.find(({ reason }) => reason === REASONS['msix.relocated']);
  if (barSizes === null || moved === undefined) return barSizes;
  const { bytes } = guestBytes(view);
  const vectors = ((bytes[moved.at - 2] | (bytes[moved.at - 1] << 8)) & TABLE_SIZE) + 1;
  return Array.from({ length: 6 }, (_, bar) => {
    const size = barSizes[bar] ?? 0;
    return bar === (moved.value & 7) ? relocatedBarSize(size, vectors) : size;
  });
}

/** Bytes of the guest's ROM region where the device's own is `romSize`; null where it is not known, as with a file whose size nobody has said. */
export function guestRomSize(settings: Settings, romSize: number | null): number | null {
  if (settings.rom === 'none') return 0;
  return settings.rom === 'file' ? settings.romSize : romSize;
}
