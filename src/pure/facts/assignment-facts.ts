/** What a host knows of one of its functions besides its registers: its driver, its group, its files. */
import type { CheckFact, DeviceFile } from './host-facts.ts';

/** An IOMMU group: functions that the IOMMU cannot tell apart and that are therefore assigned together. */
export interface GroupFacts {
  readonly number: number;
  /** The type of its default domain, such as `DMA`, `DMA-FQ` or `identity`. */
  readonly type: string | null;
  /** Sysfs names of all its devices. */
  readonly members: readonly string[] | null;
  /** /dev/vfio/N. */
  readonly file: DeviceFile | 'none' | null;
}

/** How virtual functions and their physical function belong together. */
export interface SriovFacts {
  /** How many virtual functions it can have. */
  readonly totalVfs: number | 'none' | null;
  /** Of a virtual function, its address. */
  readonly physicalFunction: string | 'none' | null;
  /** Addresses of those that it has now. */
  readonly virtualFunctions: readonly string[] | null;
}

/** Everywhere `null` is what is not known, and `'none'` what is known not to be there. */
export interface AssignmentFacts {
  readonly driver: { readonly name: string } | 'none' | null;
  readonly iommuGroup: GroupFacts | 'none' | null;
  /** `none` where the platform names none. */
  readonly numaNode: number | 'none' | null;
  readonly sriov: SriovFacts | null;
  /** In the order in which the kernel tries them; empty where it knows none. */
  readonly resetMethods: readonly string[] | null;
  /** /dev/vfio/devices/vfioN; `none` where it is not bound to a VFIO driver, or the kernel makes none. */
  readonly cdev: DeviceFile | 'none' | null;
  /** Addresses of the bridges above it, the nearest first; empty on a root bus. */
  readonly bridges: readonly string[] | null;
  /** The checks of `airlock doctor` that are about the device. */
  readonly checks: readonly CheckFact[] | null;
}

/** A function of which the host has said nothing. */
export const NO_ASSIGNMENT_FACTS: AssignmentFacts = {
  driver: null,
  iommuGroup: null,
  numaNode: null,
  sriov: null,
  resetMethods: null,
  cdev: null,
  bridges: null,
  checks: null,
};
