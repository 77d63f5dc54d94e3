/** What is known of one device, whoever said it: a host, a capture, a dump. What nobody said is unknown, not absent. */
import type { HostIommuDevice } from '../iommu/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { type BarSizes, type KnownRegions, knownSizes } from '../pci/regions.ts';
import type { AssignmentFacts } from './assignment-facts.ts';
import type { PortsAbove } from './bridges-above.ts';
import type { ContradictoryRows } from './contradictory-rows.ts';
import type { ReadText } from './read-text.ts';
import type { UnreadRows } from './unread-rows.ts';

/** What a virtual function's config space lacks: its identity, which reads FFFFh, and the kinds of its BARs, which read 0. */
export interface VirtualFunction {
  readonly vendorId: number;
  readonly deviceId: number;
  /** Type bits [3:0] of BAR 0 to 5, 0 for the upper half of a 64-bit one; left out where they are not known. */
  readonly bars?: readonly number[];
}

/** The source of the facts: a host that was asked now, a capture, a dump of lspci, a VM that QEMU saved, or bytes alone. */
export type FactsOrigin = 'host' | 'capture' | 'lspci' | 'save-file' | 'bytes';

/** One device, with all that is known of it. */
export interface DeviceFacts {
  readonly origin: FactsOrigin;
  /** null for bytes that came without an address. */
  readonly bdf: Bdf | null;
  /** Host bytes. */
  readonly config: ConfigSpace;
  /** vfio bytes; null where nobody read them. */
  readonly vfio: ConfigSpace | null;
  /** The host's word on the IOMMU behind it; null where it said nothing. */
  readonly hostIommu: HostIommuDevice | null;
  /** `uname -m` of its host; null where it is not known. */
  readonly hostArchitecture: string | null;
  /** Bytes of a page of its host; null where it is not known. */
  readonly hostPageSize: number | null;
  /** Why the host said nothing, as far as that is known: `in use by nvme`. */
  readonly notAsked: string | null;
  /** null for any function that is not a virtual one. */
  readonly virtualFunction: VirtualFunction | null;
  /** What is known of its regions besides the registers; null where nothing is. */
  readonly regions: KnownRegions | null;
  /** The bridges above it; null where they are not known. */
  readonly above: PortsAbove;
  /** AtomicOps that vfio-pci reports as completed, as bits of Device Capabilities 2; null where it was not asked. */
  readonly reportedAtomicOps: number | null;
  /** What else its host knows of it; null where no host was asked. */
  readonly assignment: AssignmentFacts | null;
  /** In the words of whoever made the capture. */
  readonly description: string | null;
  /** Rows of its bytes that could not be read; null where there are none. */
  readonly unread: UnreadRows | null;
  /** Rows that say differently of the same bytes; null where there are none. */
  readonly contradictory: ContradictoryRows | null;
  /** What was read as text, since rows of bytes did not give it; null where there is none. */
  readonly text: ReadText | null;
}

/** Facts that nobody has stated. */
const NOTHING = {
  bdf: null,
  vfio: null,
  hostIommu: null,
  hostArchitecture: null,
  hostPageSize: null,
  notAsked: null,
  virtualFunction: null,
  regions: null,
  above: null,
  reportedAtomicOps: null,
  assignment: null,
  description: null,
  unread: null,
  contradictory: null,
  text: null,
} as const satisfies Partial<DeviceFacts>;

/**
 * The facts of a device with the bytes `config`, and with the facts in `others`.
 */
export function deviceFacts(config: ConfigSpace, others: Partial<Omit<DeviceFacts, 'config'>> = {}): DeviceFacts {
  return { ...NOTHING, origin: 'bytes', ...others, config };
}

/** The sizes of the device's regions; null where they are not all known. */
export function barSizesOf({ regions }: DeviceFacts): BarSizes | null {
  return regions === null ? null : knownSizes(regions);
}
