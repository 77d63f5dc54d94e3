/** What `devices` tells of a host's function: as much as decides whether and how it can be assigned. */
import type { AtsSupport } from '../iommu/index.ts';
import type { Bdf } from '../pci/bdf.ts';

/** `physical-function`: a virtual function uses that of its physical function (PCIe 6.0 §7.8.9, §10.5.2). */
export type Presence = 'yes' | 'no' | 'physical-function' | 'unknown';

/** Capabilities of the function that an IOMMU works with. */
export interface DmaCapabilities {
  readonly ats: Presence;
  readonly pasid: Presence;
  readonly pri: Presence;
  /** Why they are unknown, such as `not root`; null where they are not. */
  readonly unknownBecause: string | null;
}

/** A member of a group that a driver of the host has. */
export interface GroupBlocker {
  /** Its sysfs name; an address for a PCI function. */
  readonly address: string;
  readonly driver: string;
}

/** A group is viable where no member is in the hands of the host; the device itself may be the one that is. */
export interface ListedGroup {
  readonly number: number;
  /** Of its default domain, such as `DMA-FQ`; null where the kernel does not say. */
  readonly type: string | null;
  readonly members: readonly string[];
  readonly blockers: readonly GroupBlocker[];
  /** Members whose drivers are not known, as in a copy of a part of sysfs. */
  readonly hidden: readonly string[];
}

/** The kernel's word on ATS for one device; `unknown` where it was not or could not be asked. */
export interface KernelAnswer {
  readonly answer: AtsSupport | 'unknown';
  /** Stable: of the evidence where the kernel answered, `not-root`, `in-use` and the like where not. */
  readonly code: string;
  /** For a line: `not root`, `in use by igb`; null where the kernel answered. */
  readonly because: string | null;
  /** One sentence. */
  readonly text: string;
}

export interface ListedDevice {
  readonly address: Bdf;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly classCode: number;
  readonly revisionId: number | null;
  readonly driver: string | null;
  readonly driverOverride: string | null;
  readonly vfioDevice: string | null;
  readonly numaNode: number | null;
  readonly physicalFunction: Bdf | null;
  readonly resetMethods: readonly string[];
  /** null where no IOMMU stands behind it. */
  readonly group: ListedGroup | null;
  readonly capabilities: DmaCapabilities;
  readonly kernelAts: KernelAnswer;
  /** Files that could not be read, with the errno's name. */
  readonly unreadable: readonly { readonly file: string; readonly code: string }[];
}
