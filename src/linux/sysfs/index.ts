/** The public face of this part: which devices a host has, and what the host is. */
export { type HostOfDevice, readAssignment } from './assignment.ts';
export type { Unreadable } from './attribute.ts';
export {
  findUnreadable,
  type HostDevice,
  type ReadDevicesOptions,
  readDevice,
  readDevices,
  readHidden,
  type SriovRelations,
} from './host-device.ts';
export { readArchitecture, readHostFacts, readKernelRelease, readPageSize } from './host-facts.ts';
export { type IommuGroup, readIommuGroup } from './iommu-group.ts';
export { type Limit, readLockedMemory } from './locked-memory.ts';
export { readBridgesAbove } from './ports-above.ts';
export { parseReservedRegions, type ReservedRegion, readReservedRegions } from './reserved-regions.ts';
export type { HostBar } from './resource.ts';
