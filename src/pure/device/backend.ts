/** What stands behind an assigned device: a real VFIO device, a capture being replayed, a device written in TypeScript. */
import type { PciDevice } from './pci-device.ts';

/** The smallest pages that a host has, in bytes. */
export const LEAST_PAGE = 4096;

/**
 * A device as the kernel's vfio-pci shows it to user space: config space is region 7 (`VFIO_PCI_CONFIG_REGION_INDEX`) and holds
 * vfio bytes; base address regions are 0 to 5 and the expansion ROM is 6, size 0 for one that is not there. All calls are
 * synchronous; a refusal is a DeviceError with the kernel's error number.
 *
 * It is a PciDevice, so that it can be served as it stands too, which is what the raw profile does. What it promises beyond that
 * (a range that does not lie inside of its region is refused with EINVAL, handles are closed exactly once, a reset brings back the
 * bytes it began with …) is what the compliance suite asks of every backend.
 */
export interface Backend extends PciDevice {
  /** Bytes of the host's pages, in which clients map regions; 4096 where it is left out. */
  readonly pageSize?: number;
  /** Releases descriptors, mappings and interrupts. Called once, after `detach`; no other call follows. */
  close(): void;
}
