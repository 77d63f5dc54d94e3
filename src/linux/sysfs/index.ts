/** The public face of this part: which devices a host has, and what the host is. */
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
export { type HostFacts, type HostIommu, type IommuKind, readHostFacts, readKernelRelease } from './host-facts.ts';
export { type IommuGroup, readIommuGroup } from './iommu-group.ts';
export type { Limit } from './locked-memory.ts';
export { readPortsAbove } from './ports-above.ts';
export type { HostBar } from './resource.ts';
