/** What `devices` tells of a host's function: all that decides whether and how it can be assigned. */
import type { AtsSupport } from '../iommu/index.ts';
import type { Bdf } from '../pci/bdf.ts';
import type { DmaCapabilities, GroupBlocker, Presence } from './schemas/devices.ts';

export type { DmaCapabilities, GroupBlocker, Presence };

/** A group is viable where no driver of the host has a member; the device itself may be such a member. */
export interface ListedGroup {
  readonly number: number;
  /** The type of its default domain, such as `DMA-FQ`; null where the kernel does not say. */
  readonly type: string | null;
  readonly members: readonly string[];
  readonly blockers: readonly GroupBlocker[];
  /** Members whose drivers are not known, as in a copy of a part of sysfs. */
  readonly hidden: readonly string[];
}

/** The kernel's word on ATS for one device; `unknown` where it was not or could not be asked. */
export interface KernelAnswer {
  readonly answer: AtsSupport | 'unknown';
  /** A stable code: the evidence's where the kernel answered, else such as `not-root` or `in-use`. */
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
