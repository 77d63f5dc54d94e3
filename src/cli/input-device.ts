/** What an input gives for each of its devices. */
import type { VirtualFunction } from '../pure/guest-view/index.ts';
import type { ContradictoryRows, ParsedDevice, UnreadRows } from '../pure/inputs/index.ts';
import type { HostIommuDevice } from '../pure/iommu/index.ts';
import type { Bdf } from '../pure/pci/bdf.ts';
import type { ConfigSpace } from '../pure/pci/config-space.ts';
import { type KnownRegions, knownSizes } from '../pure/pci/regions.ts';
import type { PortsAbove } from '../pure/slot/index.ts';

/** One device of an input, with what the input knows besides its bytes. */
export interface InputDevice {
  /** null for raw bytes. */
  readonly bdf: Bdf | null;
  /** Host bytes. */
  readonly config: ConfigSpace;
  /** vfio bytes, where a capture has them. */
  readonly vfio: ConfigSpace | null;
  /** What the input's host said; null where it said nothing. */
  readonly hostIommu: HostIommuDevice | null;
  /** Why it said nothing about the IOMMU, as far as that is known. */
  readonly notAsked: string | null;
  readonly virtualFunction: VirtualFunction | null;
  /** Bytes of each base address region; null where they are not known. */
  readonly barSizes: readonly number[] | null;
  /** What is known of its regions besides the registers; null where nothing is. */
  readonly regions: KnownRegions | null;
  /** The bridges above it; null where they are not known. */
  readonly above: PortsAbove;
  /** AtomicOps that vfio-pci reports as completed, as bits of Device Capabilities 2; null where it was not asked. */
  readonly reportedAtomicOps: number | null;
  readonly description: string | null;
  /** Rows of its bytes that could not be read; null where there are none. */
  readonly unread: UnreadRows | null;
  /** Rows that say differently of the same bytes; null where there are none. */
  readonly contradictory: ContradictoryRows | null;
}

/** What a dump or raw bytes say besides the bytes: nothing. */
export const BARE = {
  vfio: null,
  hostIommu: null,
  notAsked: null,
  virtualFunction: null,
  barSizes: null,
  regions: null,
  above: null,
  reportedAtomicOps: null,
  description: null,
  unread: null,
  contradictory: null,
};

/** A device of a dump, below these bridges. */
export function dumpedDevice({ bdf, config, unread, contradictory, regions }: ParsedDevice, above: PortsAbove = null): InputDevice {
  return { ...BARE, bdf, config, unread, contradictory, regions, above, barSizes: regions === null ? null : knownSizes(regions) };
}
