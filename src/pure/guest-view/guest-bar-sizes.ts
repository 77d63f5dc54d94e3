/** Sizes of a guest's regions: the device's own, except a BAR that MSI-X's arrays moved to and a ROM that properties replace or remove. */

import type { BarSizes } from '../pci/regions.ts';
import type { Settings } from '../rules/settings.ts';
import { PCI_STD_NUM_BARS } from '../spec/pci-regs.ts';
import type { GuestView } from './guest-view.ts';

/** The BAR that x-msix-relocation names, where it is unknown whether MSI-X's arrays are in it or how large they make it; else null. */
export function possibleArraysBar(view: GuestView, { msixRelocation }: Pick<Settings, 'msixRelocation'>): number | null {
  const [, bar] = /^bar([0-5])$/.exec(msixRelocation) ?? [];
  if (bar === undefined || view.movedArrays !== null) return null;
  const told = [...view.doubts, ...view.messages].some(
    ({ code }) => code === 'msix.relocation-refused' || code === 'msix.relocation-unknown',
  );
  return told || view.unknownAt.standard !== null ? Number(bar) : null;
}

/** The sizes of the guest's regions for a device with `barSizes`; null where those are not known. */
export function guestBarSizes(view: GuestView, barSizes: BarSizes | null): BarSizes | null {
  const { movedArrays: moved } = view;
  if (barSizes === null || moved === null) return barSizes;
  return Array.from({ length: Math.max(PCI_STD_NUM_BARS, barSizes.length) }, (_, bar) => {
    return bar === moved.bar ? moved.size : (barSizes[bar] ?? 0);
  });
}

/** Bytes of the guest's ROM region where the device's own is `romSize`; null where it is not known, as for a file of unknown size. */
export function guestRomSize(settings: Settings, romSize: number | null): number | null {
  if (settings.rom === 'none') return 0;
  return settings.rom === 'file' ? settings.romSize : romSize;
}
