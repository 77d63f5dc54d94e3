/** The input of a realize: config space, settings, the host IOMMU device, and where the guest's device stands. */
import type { VirtualFunction } from '../facts/index.ts';
import type { HostIommuDevice } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { BarSizes } from '../pci/regions.ts';
import type { Settings } from './settings.ts';

/**
 * Where the guest's device stands: below a root port, on the root complex itself, on a conventional bus of a machine that has
 * an express root (behind a PCIe-to-PCI bridge), or in a machine without PCI Express.
 */
export type Placement = (typeof PLACEMENTS)[number];

/** Every placement. */
export const PLACEMENTS = ['root-port', 'root-complex', 'conventional-bridge', 'conventional'] as const;

/** What a realize is given, apart from the profile. */
export interface RealizeInput {
  readonly config: ConfigSpace;
  /** `host`: what the hardware holds, both stages run. `vfio`: what the kernel lets user space read, only the VMM's stage runs. */
  readonly bytes: 'host' | 'vfio';
  readonly settings: Settings;
  readonly hostIommu: HostIommuDevice;
  readonly placement: Placement;
  /** Whether the guest's machine has an access to extended config space, where the bus carries one. */
  readonly reachesExtended: boolean;
  /** Whether the guest's own IOMMU takes PASIDs. */
  readonly viommuPasid: boolean;
  /** Bytes of each base address region, BAR 0 first, 0 where there is none; null where the sizes are not known. */
  readonly barSizes: BarSizes | null;
  /** Bytes of the host's pages, in which the VMM maps regions; null where they are not known. */
  readonly pageSize: number | null;
  /** What an SR-IOV virtual function is; null for any other function. */
  readonly virtualFunction: VirtualFunction | null;
}
