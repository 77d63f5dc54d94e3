/** Who keeps a group from being assigned: its members that are bound to a driver of the host (kernel documentation of VFIO). */
import { existsSync } from 'node:fs';
import { isHostDriver } from '../../pure/facts/vfio-drivers.ts';
import type { GroupBlocker } from '../../pure/reports/devices-report.ts';
import type { IommuGroup } from '../sysfs/index.ts';
import { readLinkName, rootPrefix } from './paths.ts';

/** The members in their order, with their drivers. A member that vanished meanwhile blocks nothing. */
export function readGroupBlockers({ number, members }: IommuGroup, root = '/'): GroupBlocker[] {
  const folder = `${rootPrefix(root)}/sys/kernel/iommu_groups/${number}/devices`;
  const blockers: GroupBlocker[] = [];
  for (const address of members) {
    const driver = readLinkName(`${folder}/${address}/driver`);
    if (driver !== null && isHostDriver(driver)) blockers.push({ address, driver });
  }
  return blockers;
}

/**
 * The members whose drivers are not known, since a copied tree lacks their folders. Empty on this host, where a member without a folder is
 * gone.
 */
export function readUnknownMembers({ number, members }: IommuGroup, root = '/'): string[] {
  if (root === '/') return [];
  const folder = `${rootPrefix(root)}/sys/kernel/iommu_groups/${number}/devices`;
  return members.filter(address => !existsSync(`${folder}/${address}`));
}
