/**
 * What is known of a device and of a host, whoever said it. What nobody said is null: unknown, which is not the same as absent.
 *
 * @module vfio-airlock/facts
 * @example
 * ```ts
 * import { deviceFacts } from 'vfio-airlock/facts';
 * import { buildConfigSpace } from 'vfio-airlock/pci';
 *
 * const facts = deviceFacts(buildConfigSpace({ vendorId: 0x8086, deviceId: 0x10fb, classCode: 0x02_00_00 }), { notAsked: 'in use by ixgbe' });
 * facts.origin; // → 'bytes'
 * facts.hostIommu; // → null
 * ```
 */

export { type AssignmentFacts, type GroupFacts, NO_ASSIGNMENT_FACTS, type SriovFacts } from './assignment-facts.ts';
export { BridgesAbove, type PortsAbove } from './bridges-above.ts';
export { type ContradictoryRows, formatContradictory, joinContradictory, shiftContradictory } from './contradictory-rows.ts';
export { barSizesOf, type DeviceFacts, deviceFacts, type FactsOrigin, type VirtualFunction } from './device-facts.ts';
export {
  type CheckFact,
  type DeviceFile,
  type HostFacts,
  type HostId,
  type HostIommu,
  isFileThere,
  isParameterSet,
  type ModuleFacts,
  type ModuleState,
  NO_HOST_FACTS,
  type NumaNode,
  presentModules,
} from './host-facts.ts';
export { inputDoubts } from './input-doubts.ts';
export { hasNoAts, kernelOptions } from './kernel-options.ts';
export { CAPTURE_COMMAND, missingAssignmentFacts, missingHostFacts } from './missing-facts.ts';
export {
  formatTextContradiction,
  formatTexts,
  joinTexts,
  type ReadText,
  type ReadTexts,
  type TextContradiction,
  textsOf,
  type UnplacedRegion,
} from './read-text.ts';
export { formatUnread, joinUnread, type UnreadRows } from './unread-rows.ts';
export { isHostDriver, isVfioDriver } from './vfio-drivers.ts';
