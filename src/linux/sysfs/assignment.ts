/** What a host knows of a function besides its registers, as facts: what a copy of its files may have lost is not known. */
import { type AssignmentFacts, NO_ASSIGNMENT_FACTS } from '../../pure/facts/index.ts';
import { isReleaseAtLeast } from '../../pure/iommu/kernel-release.ts';
import { readDeviceFile } from './device-file.ts';
import { findUnreadable, type HostDevice } from './host-device.ts';

export interface HostOfDevice {
  /** Where its tree begins. */
  readonly root: string;
  /** `uname -r`; null where it is not known. */
  readonly kernel: string | null;
}

/** `value`, or 'none' where it is null and its file or link could be read; null where it could not. */
function orNone<T>(value: T | null, isKnown: boolean): T | 'none' | null {
  return value ?? (isKnown ? 'none' : null);
}

function groupOf(device: HostDevice, prefix: string): AssignmentFacts['iommuGroup'] {
  const { iommuGroup } = device;
  if (iommuGroup === null) return orNone(null, findUnreadable(device, 'iommu_group') === null);
  const { number, type, members } = iommuGroup;
  return { number, type, members, file: readDeviceFile(prefix, `/dev/vfio/${number}`, null) };
}

function cdevOf({ vfioDevice }: HostDevice, prefix: string): AssignmentFacts['cdev'] {
  if (vfioDevice === null) return orNone(null, prefix === '');
  return readDeviceFile(prefix, vfioDevice, `/sys/class/vfio-dev/${vfioDevice.slice(vfioDevice.lastIndexOf('/') + 1)}`);
}

/** Facts of the function, read where its files are; others add its bridges and its checks. */
export function readAssignment(device: HostDevice, { root, kernel }: HostOfDevice): AssignmentFacts {
  const prefix = root.replace(/\/$/, '');
  const isLive = prefix === '';
  const { driver, sriov, numaNode, resetMethods } = device;
  // The file came with Linux 5.15, and is there where a way to reset is known (sysfs-bus-pci).
  const knowsResets = resetMethods.length > 0 || (isLive && isReleaseAtLeast(kernel, 5, 15));
  return {
    ...NO_ASSIGNMENT_FACTS,
    driver: orNone(driver === null ? null : { name: driver }, findUnreadable(device, 'driver') === null),
    iommuGroup: groupOf(device, prefix),
    numaNode: orNone(numaNode, isLive),
    sriov: {
      totalVfs: orNone(sriov.totalVfs, isLive),
      physicalFunction: orNone(sriov.physicalFunction?.text ?? null, isLive),
      virtualFunctions: isLive || sriov.virtualFunctions.length > 0 ? sriov.virtualFunctions.map(({ text }) => text) : null,
    },
    resetMethods: knowsResets ? resetMethods : null,
    cdev: cdevOf(device, prefix),
  };
}
