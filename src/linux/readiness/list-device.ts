/** One function of a host as `devices` lists it. */
import type { ListedDevice, ListedGroup } from '../../pure/reports/devices-report.ts';
import { readGroupBlockers, readUnknownMembers } from '../binding/index.ts';
import type { HostDevice, IommuGroup } from '../sysfs/index.ts';
import { type AskOptions, askAboutAts } from './ask.ts';
import { readDmaCapabilities } from './dma-capabilities.ts';

/** Reads groups once, however many of their members are listed. */
export function groupReader(root: string): (group: IommuGroup) => ListedGroup {
  const known = new Map<number, ListedGroup>();
  return group => {
    const { number, type, members } = group;
    const listed = known.get(number) ?? {
      number,
      type,
      members,
      blockers: readGroupBlockers(group, root),
      hidden: readUnknownMembers(group, root),
    };
    known.set(number, listed);
    return listed;
  };
}

export interface ListOptions extends AskOptions {
  /** Whether the user is root. */
  readonly isRoot: boolean;
  /** The physical function of a virtual one, where the host has it. */
  readonly physical: HostDevice | null;
  readonly groups: (group: IommuGroup) => ListedGroup;
}

/** What the list says of a function; the kernel is asked where it can be. */
export function listDevice(device: HostDevice, options: ListOptions): ListedDevice {
  const { iommuGroup, sriov, ...rest } = device;
  return {
    address: rest.address,
    vendorId: rest.vendorId,
    deviceId: rest.deviceId,
    classCode: rest.classCode,
    revisionId: rest.revisionId,
    driver: rest.driver,
    driverOverride: rest.driverOverride,
    vfioDevice: rest.vfioDevice,
    numaNode: rest.numaNode,
    physicalFunction: sriov.physicalFunction,
    resetMethods: rest.resetMethods,
    group: iommuGroup && options.groups(iommuGroup),
    capabilities: readDmaCapabilities(device, options.physical, options.isRoot),
    kernelAts: askAboutAts(device, options),
    unreadable: rest.unreadable,
  };
}
