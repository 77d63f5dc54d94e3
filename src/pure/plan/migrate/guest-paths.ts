/** Where each device stands in the guest, as QEMU names its state: slot and function of every bridge from the root bus, then its own. */
import type { PlacedVm } from '../judge/place-vm.ts';

const ROOT_BUSES: ReadonlySet<string> = new Set(['pcie.0', 'pci.0']);
/** More bridges than buses there are would be a circle. */
const MOST_BRIDGES = 256;

/** What QEMU calls the state of a host's device at a path. */
export const vfioSection = (path: string): string => `${path}/vfio`;

/** `0000:00:01.0:00.0` by the ids of devices; left out where the slot of one on the way is not known, or its root bus is not the first. */
export function guestPaths({ devices }: PlacedVm): ReadonlyMap<string, string> {
  const byId = new Map(devices.map(placed => [placed.id, placed]));
  const paths = new Map<string, string>();
  for (const { id } of devices) {
    const parts: string[] = [];
    for (let at = byId.get(id); parts.length < MOST_BRIDGES; at = byId.get(at.place?.bus ?? '')) {
      if (at === undefined || at.place === null || at.place.address === null) break;
      parts.unshift(at.place.address);
      if (!ROOT_BUSES.has(at.place.bus)) continue;
      paths.set(id, ['0000:00', ...parts].join(':'));
      break;
    }
  }
  return paths;
}
