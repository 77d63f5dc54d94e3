/** Where a guest has an NVMe disk. */
import type { InnerGuest } from './inner-guest.ts';

/** The path of the disk's device file in the guest; waits until its driver has made it. */
export async function guestDisk(guest: InnerGuest, name: string): Promise<string> {
  const pattern = `/sys/bus/pci/devices/${await guest.address(name)}/nvme/nvme?/nvme?n1`;
  return `/dev/${(await guest.output(`inner-tools await '${pattern}'`, { timeoutSeconds: 600 })).trim().split('/').at(-1)}`;
}
